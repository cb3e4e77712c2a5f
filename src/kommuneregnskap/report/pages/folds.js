// An address opens the fold that it names, and those that it stands in.
const open = () => {
  const found = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  for (let each = found?.closest("details"); each; each = each.parentElement.closest("details")) each.open = true;
  if (found?.tagName === "DETAILS") found.scrollIntoView();
};
addEventListener("hashchange", open);
open();
