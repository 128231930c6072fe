// Says while typing whether the budget balances, and adds rows to it. The server judges when the application is filed.

const form = document.getElementById("dossier");
const says = document.getElementById("balance");
const money = new Intl.NumberFormat(document.documentElement.lang || "fr", { style: "currency", currency: "EUR" });

function cents(text) {
  const plain = text.replace(/[\s€]/g, "").replace(",", ".");
  return /^\d{1,10}(\.\d{1,2})?$/.test(plain) ? Math.round(Number(plain) * 100) : 0;
}

function total(prefix) {
  const fields = [...form.querySelectorAll(`input[name^="${prefix}"]`)];
  return fields.map((field) => cents(field.value));
}

const sum = (list) => list.reduce((all, one) => all + one, 0);
const said = (words, amount) => words.replace("#", money.format(amount / 100));

function tell() {
  const asked = total("request_");
  const expenses = sum(total("expense_amount_"));
  const gap = expenses - sum(total("income_amount_")) - sum(asked);
  const data = says.dataset;
  const words = [said(said(data.sums, expenses), expenses - gap)];
  words.push(gap === 0 ? data.even : said(gap > 0 ? data.short : data.more, Math.abs(gap)));
  const year = Number(data.perYear);
  const project = Number(data.perProject);
  if (year && Math.max(...asked) > year) words.push(said(data.over, year));
  else if (project && Number(data.before) + sum(asked) > project)
    words.push(said(Number(data.before) ? data.renewed : data.over, project));
  says.textContent = words.join(" ");
}

// One more row like the last one, empty; without this script the button saves and the server adds it.
function add(event) {
  const rows = form.querySelectorAll(`.budget-row[data-kind="${event.currentTarget.value}"]`);
  const number = rows.length + 1;
  const row = rows[rows.length - 1].cloneNode(true);
  row.querySelector("span").textContent = row.querySelector("span").textContent.replace(/\d+/, number);
  for (const field of row.querySelectorAll("input, select")) {
    field.name = field.name.replace(/\d+$/, number);
    if (field.id) field.id = field.id.replace(/\d+$/, number);
    field.value = "";
  }
  event.currentTarget.before(row);
  event.currentTarget.hidden = number >= Number(says.dataset.most);
  event.preventDefault();
  row.querySelector("input").focus();
}

for (const button of form.querySelectorAll('button[name="add"]')) button.addEventListener("click", add);
form.addEventListener("input", tell);
tell();
