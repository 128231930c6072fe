// How a person is found on a device by a few letters.

// Letters that no accent makes, as a French keyboard writes them: services/registration/rules/people.py has the same.
const PLAIN = { œ: "oe", æ: "ae", ß: "ss", ø: "o", ł: "l", đ: "d", ð: "d", ħ: "h", ı: "i", þ: "th" };

/** Without accents, capitals and ligatures: how names are searched. */
export function fold(text) {
  const plain = text.toLowerCase().replace(/[œæßøłđðħıþ]/g, (letter) => PLAIN[letter]).normalize("NFKD");
  return plain.replace(/\p{M}/gu, "").replace(/’/g, "'").trim();
}

/** The same in one piece: N’Diaye is looked for as Ndiaye, Ben-Youssef as Benyoussef, and the other way round. */
export const joined = (text) => fold(text).replace(/[\s'\u02bc\u2010-\u2015-]/g, "");

/** Everyone in whose name or structure each typed word stands; names that begin so come first, and last those in which
 *  one stands only when they are written in one piece. `nameOf(one)`: their name, the part that is looked for first. */
export function matching(people, typed, nameOf) {
  const words = fold(typed).split(/\s+/).filter(Boolean);
  if (!words.length) return [];
  const pieces = words.map((word) => joined(word) || word);
  const found = [];
  for (const person of people) {
    const name = fold(nameOf(person));
    const whole = joined(name);
    const all = `${name} ${fold(person.structure)}`;
    if (!words.every((word, n) => all.includes(word) || whole.includes(pieces[n]))) continue;
    const begins = name.startsWith(words[0]) || whole.startsWith(pieces[0]);
    found.push([begins ? 0 : words.every((word) => all.includes(word)) ? 1 : 2, name, person]);
  }
  return found.sort((a, b) => a[0] - b[0] || (a[1] < b[1] ? -1 : 1)).map((one) => one[2]);
}
