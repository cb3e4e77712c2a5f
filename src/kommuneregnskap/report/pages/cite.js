// Two buttons, for the link and the citation, where a text to cite stands: made when it is opened or pointed at.

const told = document.createElement("p");
told.className = "k";
told.setAttribute("role", "status");
document.body.append(told);

// Where the browser gives no clipboard, a text that is marked can still be copied.
const marked = text => {
  const field = document.createElement("textarea");
  const before = document.activeElement;
  field.className = "k";
  field.value = text;
  document.body.append(field);
  field.select();
  let done = false;
  try { done = document.execCommand("copy"); } catch { /* it is said below */ }
  field.remove();
  before?.focus({ preventScroll: true });
  return done;
};
const copied = async text => {
  try { await navigator.clipboard.writeText(text); return true; } catch { return marked(text); }
};

const button = (words, about, text) => {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = words;
  made.setAttribute("aria-label", about ? `${words}: ${about}` : words);
  made.addEventListener("click", async () => {
    const said = await copied(text()) ? "Kopiert" : "Ikke kopiert: merk teksten og kopier den selv";
    told.textContent = made.textContent = said;
    setTimeout(() => { made.textContent = words; told.textContent = ""; }, 2500);
  });
  return made;
};
// link: the one to the place itself; about: its name; citation: what gives the text.
const buttons = (link, about, citation) => {
  const pair = document.createElement("span");
  pair.className = "kopier";
  pair.append(button("Kopier lenke", about, () => link.href), " ", button("Kopier sitat", about, citation));
  return pair;
};
const plain = text => text.replace(/[ \n\t]+/g, " ").trim();
const nameOf = place =>
  plain(place.getAttribute("aria-label") ?? (place.querySelector(".hva, .figurtittel") ?? place).textContent).slice(0, 80);

addEventListener("toggle", event => {
  if (!event.target.open) return;
  const texts = [...event.target.querySelectorAll(".siter"), event.target].filter(each => each.matches(".siter"));
  for (const text of texts) {
    const link = text.querySelector("a");
    if (!link || text.querySelector(".kopier")) continue;
    const own = plain([...text.childNodes].filter(each => each.nodeType === Node.TEXT_NODE).map(each => each.data).join(""));
    const place = document.getElementById(link.hash.slice(1));
    text.append(" ", buttons(link, place === text ? own.slice(0, 80) : nameOf(place), () => own));
  }
}, true);

// The rows of a table with many numbers share one pair, which comes to the row that is pointed at or focused.
let row = null;
let pair = null;
const pointed = event => {
  const found = event.target.closest?.(".alletall tbody tr");
  if (!found || found === row || (event.type === "pointerover" && pair?.contains(document.activeElement))) return;
  const [link, rest] = [found.querySelector("a"), found.closest("table").dataset.hale];
  pair?.remove();
  [row, pair] = [found, buttons(link, plain(link.textContent), () => `${found.dataset.siter} ${rest}`)];
  found.cells[0].append(pair);
};
for (const kind of ["pointerover", "focusin"]) document.addEventListener(kind, pointed);
