// The front: a switch for each number that other choices bear on, made when the number is opened.

// What stands in the table is what each choice gives; the switch shows one row of it at a time.
const switchOf = table => {
  const label = document.createElement("label");
  label.className = "bryter";
  label.append("Velg: ");
  const choice = document.createElement("select");
  const shown = document.createElement("output");
  const rows = [...table.tBodies[0].rows];
  for (const row of rows) choice.add(new Option(row.cells[0].textContent, row.dataset.valg));
  const show = () => {
    const [, value, verdict] = rows.find(each => each.dataset.valg === choice.value).cells;
    const parts = [...value.childNodes, " ", ...verdict.childNodes];
    shown.replaceChildren(...parts.map(part => typeof part === "string" ? part : part.cloneNode(true)));
  };
  choice.addEventListener("change", show);
  label.append(choice);
  table.parentElement.before(label, shown);
  table.parentElement.hidden = true;
  show();
};
for (const number of document.querySelectorAll("details.tall:has(table.valgt)")) {
  number.addEventListener("toggle", () => switchOf(number.querySelector("table.valgt")), { once: true });
}
