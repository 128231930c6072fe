// How a person is found on a device by a few letters.

/** Without accents, capitals and ligatures: how names are searched. */
export function fold(text) {
  const plain = text.toLowerCase().replace(/œ/g, "oe").replace(/æ/g, "ae").normalize("NFKD");
  return plain.replace(/\p{M}/gu, "").replace(/’/g, "'").trim();
}

/** Everyone in whose name or structure each typed word stands; names that begin so come first. `nameOf(one)`: their name,
 *  the part that is looked for first. */
export function matching(people, typed, nameOf) {
  const words = fold(typed).split(/\s+/).filter(Boolean);
  if (!words.length) return [];
  const found = [];
  for (const person of people) {
    const name = fold(nameOf(person));
    const all = `${name} ${fold(person.structure)}`;
    if (words.every((word) => all.includes(word))) found.push([name.startsWith(words[0]) ? 0 : 1, name, person]);
  }
  return found.sort((a, b) => a[0] - b[0] || (a[1] < b[1] ? -1 : 1)).map((one) => one[2]);
}
