// An address opens the fold that it names, and those that it stands in; one that leads nowhere says so.
const named = () => {
  const text = location.hash.slice(1);
  try { return decodeURIComponent(text); } catch { return text; }
};
const notFound = name => {
  const said = document.createElement("p");
  said.className = "ikke-funnet";
  said.setAttribute("role", "alert");
  said.textContent = `Fant ikke «${name.replace(/\p{C}/gu, "").slice(0, 80)}» på denne siden. `
    + "Lenken kan være gammel eller skrevet feil. Tallene i en del står på delens egen side, under «Alle tall i delen».";
  document.querySelector("header").before(said);
  said.scrollIntoView({ block: "nearest" });
};
const open = () => {
  document.querySelector(".ikke-funnet")?.remove();
  const name = named();
  if (!name || /^\w+=/.test(name)) return; // a question to the page, and no place in it
  const found = document.getElementById(name);
  if (!found) { notFound(name); return; }
  const folds = [];
  for (let each = found.closest("details"); each; each = each.parentElement.closest("details")) folds.push(each);
  for (const each of folds) each.open = true;
  if (folds.length) found.scrollIntoView();
};
addEventListener("hashchange", open);
open();
