// Figures with tooltips and choices where scripts run, and tables that sort. Without it the page has all it needs, and
// none of it is made before a reader comes near.

const NARROW = 600; // pixels of a figure: below it the page's styles show the narrow drawing too
const layout = figure => figure.clientWidth < NARROW ? "smal" : "bred";
const drawn = new WeakMap(); // figure -> what is alive in it: its layout, and what ends it

// What draws is carried packed (`tegner`), since few come to every figure: unpacked and run when the first comes near.
let ready;
const unpacked = async () => {
  const packed = atob(document.getElementById("tegner").textContent);
  const bytes = Uint8Array.from(packed, sign => sign.charCodeAt(0));
  const script = document.createElement("script");
  script.text = await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
  document.head.append(script); // runs at once; the page's policy knows it by its hash
};

const draw = async figure => {
  const kind = layout(figure);
  const before = drawn.get(figure);
  if (before?.kind === kind) return;
  drawn.set(figure, { kind, finalize: before?.finalize });
  const drawing = figure.querySelector(".tegning");
  const holder = document.createElement("div");
  holder.className = "levende";
  holder.setAttribute("aria-hidden", "true");
  const { datasets, ...layouts } = JSON.parse(figure.querySelector("script").textContent);
  const spec = { ...layouts[kind], datasets };
  spec.config.font = getComputedStyle(drawing).fontFamily;
  try {
    await (ready ??= unpacked());
    before?.finalize?.();
    figure.querySelector(".levende")?.remove();
    // Widgets stand outside the drawing: what is inside is a picture to a screen reader.
    drawing.append(holder);
    // What the page's policy allows: expressions are interpreted, never made code; styles are those of the page.
    const alive = await vegaEmbed(holder, spec, {
      mode: "vega-lite", renderer: "svg", actions: false, bind: figure.querySelector(".valg"),
      ast: true, defaultStyle: false, tooltip: { disableDefaultStyle: true },
    });
    drawn.get(figure).finalize = () => alive.finalize();
    // As large as the drawing it takes the place of.
    const svg = holder.querySelector("svg");
    svg.setAttribute("width", Math.round(svg.width.baseVal.value * (kind === "smal" ? 1.3 : 1.15)));
    svg.removeAttribute("height");
    figure.classList.add("er-levende");
  } catch (error) {
    holder.remove(); // the drawing stays
    figure.classList.remove("er-levende");
    console.error(error);
  }
};

// The narrow drawing is there for those without scripts, and text until a figure is that narrow.
const fitted = figure => {
  const kept = layout(figure) === "smal" && figure.querySelector("noscript");
  if (kept) kept.outerHTML = kept.textContent;
  if (drawn.has(figure)) draw(figure);
};
const sized = new ResizeObserver(entries => entries.forEach(entry => fitted(entry.target)));

const awaited = async ({ currentTarget: figure, clientX, clientY, pointerType }) => {
  await draw(figure);
  const mark = document.elementFromPoint(clientX, clientY); // who points at a mark asks for its numbers
  if (figure.contains(mark)) mark.dispatchEvent(new PointerEvent("pointermove", { clientX, clientY, pointerType, bubbles: true }));
};

// What comes near: tables get buttons, most of them stand in folds; figures with choices are drawn, since choices are to
// be seen. Figures that only have tooltips wait until they are pointed at.
const near = new IntersectionObserver(entries => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    near.unobserve(target);
    if (target.matches(".tabell")) { target.querySelectorAll("table").forEach(sortable); continue; }
    sized.observe(target);
    if (target.querySelector("script").textContent.includes('"bind":')) draw(target);
    else target.addEventListener("pointerover", awaited, { once: true });
  }
}, { rootMargin: "600px 0px" });
for (const figure of document.querySelectorAll("figure.figur:has(> script)")) near.observe(figure);
for (const table of document.querySelectorAll(".tabell")) if (!table.closest(".gang")) near.observe(table);

// Norwegian numbers: thin spaces between thousands, a decimal comma, a true minus sign, maybe a unit.
const value = text => {
  const found = text.replace(/[\s\u00a0\u202f]/g, "").replace("−", "-").replace(",", ".").match(/^[+-]?\d+(\.\d+)?(?=%?$|mrd|mill|kr|prosent)/);
  return found ? Number(found[0]) : null;
};
const compare = (a, b) => {
  const [x, y] = [value(a), value(b)];
  if (x !== null && y !== null) return x - y;
  if ((x === null) !== (y === null)) return x === null ? 1 : -1; // numbers first
  const bare = text => text.replace(/(?<=\d)[\u00a0\u202f\s](?=\d)/g, "");
  return bare(a).localeCompare(bare(b), "nb", { numeric: true }); // 3 000 before 10 000
};
// Sums stay below what they sum.
const SUMS = /^(sum|alle|i alt|totalt)\b/i;

const sortable = table => {
  const heads = [...table.querySelectorAll("thead tr:last-child th, thead tr:last-child td")];
  const body = table.tBodies[0];
  if (!body || body.rows.length < 3 || body.querySelector(".gt_group_heading_row, [rowspan], [colspan]")) return;
  if (heads.length !== body.rows[0].cells.length) return;
  const came = [...body.rows];
  heads.forEach((head, place) => {
    const text = head.textContent.trim();
    if (!text) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "sorter";
    button.append(...head.childNodes);
    button.title = `Sorter etter ${text}`;
    head.append(button);
    button.addEventListener("click", () => {
      // Up, down, and back to how the table came.
      const next = { ascending: "descending", descending: "" }[head.getAttribute("aria-sort")] ?? "ascending";
      for (const other of heads) other.removeAttribute("aria-sort");
      if (!next) return body.append(...came);
      head.setAttribute("aria-sort", next);
      const key = row => row.cells[place].textContent.trim();
      const sum = row => SUMS.test(row.cells[0].textContent.trim());
      const order = (a, b) => sum(a) - sum(b) || compare(key(a), key(b)) * (next === "ascending" ? 1 : -1);
      body.append(...[...came].sort(order));
    });
  });
};
