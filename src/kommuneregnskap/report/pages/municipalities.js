// Find your municipality: looks up what the page carries and writes it in words and small figures; computes nothing
// but where a point lies in a drawing and which name is most like another.
{
  const [NUMBER, NAME, OTHER, PEOPLE, GROUPS, SINCE, VALUES, RANKS] = [0, 1, 2, 3, 4, 5, 6, 7];
  const UNKNOWN = "ikke kjent";
  const SVG = "http://www.w3.org/2000/svg";
  const WIDTH = 320, HEIGHT = 130, SIDE = 34, TOP = 24, BOTTOM = 24;
  const MOST = 5; // names that are suggested

  const add = (node, attributes, ...parts) => {
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...parts);
    return node;
  };
  const tag = (name, attributes = {}, ...parts) => add(document.createElement(name), attributes, ...parts);
  const svg = (name, attributes = {}, ...parts) => add(document.createElementNS(SVG, name), attributes, ...parts);
  const first = text => text.charAt(0).toUpperCase() + text.slice(1);

  // A whole number in units of its last decimal, as a Norwegian reader expects it.
  const number = (value, decimals) => {
    const digits = String(Math.abs(value)).padStart(decimals + 1, "0");
    const whole = digits.slice(0, digits.length - decimals).replace(/\B(?=(\d{3})+$)/g, "\u202f");
    const rest = decimals ? "," + digits.slice(-decimals) : "";
    return (value < 0 ? "\u2212" : "") + whole + rest;
  };

  const finder = (root, data) => {
    const [form, status, choices, answer] = [
      root.querySelector("form"), root.querySelector(".finner-status"),
      root.querySelector(".finner-forslag"), root.querySelector(".finner-svar"),
    ];
    const input = form.querySelector("input");
    const years = data.aar, last = years.length - 1, year = years[last];
    const COUNTRY = data.kommuner[0][GROUPS].length - 1; // the last of what a municipality is compared with
    const byNumber = new Map(data.kommuner.map(each => [each[NUMBER], each]));

    // ---- words
    const amount = (value, measure) => value === null ? UNKNOWN : number(value, measure[3]);
    const withUnit = (value, measure) => `${number(value, measure[3])} ${measure[1]}`;
    const valueOf = (own, m, y) => own[VALUES][m * years.length + y];
    const rankOf = (own, m, kind) => own[RANKS][m * own[GROUPS].length + kind];
    // A municipality that is alone in a group (Oslo) has nobody to be compared with there.
    const among = (own, kind) => own[GROUPS][kind] !== null && data.av[own[GROUPS][kind]] > 1;
    const place = (own, m, kind) => {
      const rank = rankOf(own, m, kind);
      return rank === null ? UNKNOWN : `${number(rank, 0)} av ${number(data.kjent[own[GROUPS][kind]][m], 0)}`;
    };

    const changed = (value, measure) => value === 0 ? "var uendret"
      : `${value > 0 ? "økte" : "falt"} med ${withUnit(Math.abs(value), measure)}`;

    const sentence = (own, m) => {
      const measure = data.maal[m], value = valueOf(own, m, last);
      if (value === null) return `${measure[0]} er ikke kjent fra åpne tall for ${year}.`;
      const said = measure[4].replace("{verdi}", withUnit(value, measure))
        .replace("{endret}", changed(value, measure)).replace("{aar}", year).replace("{foer}", year - 1);
      const kind = [0, COUNTRY].find(each => among(own, each) && rankOf(own, m, each) !== null);
      if (kind === undefined) return `${said}.`;
      const group = own[GROUPS][kind], median = data.median[group][m];
      const side = value > median ? "over" : value < median ? "under" : "lik";
      return `${said}, ${side} medianen i ${data.grupper[group][0]} (${withUnit(median, measure)}): `
        + `nummer ${place(own, m, kind)}${data.kjent[group][m] < data.av[group] ? " med kjente tall" : ""}.`;
    };

    // ---- drawing
    const series = (own, m) => {
      const found = [[own[NAME], "egen", years.map((_, y) => valueOf(own, m, y))]];
      const [group, country] = [own[GROUPS][0], own[GROUPS][COUNTRY]];
      if (among(own, 0)) found.push([data.grupper[group][0], "gruppe", data.samlet[group][m]]);
      found.push([data.grupper[country][0], "land", data.samlet[country][m]]);
      return found.filter(([, , values]) => values.some(each => each !== null));
    };

    const figure = (own, m) => {
      const measure = data.maal[m], lines = series(own, m);
      if (!lines.length || lines[0][1] !== "egen") return [];
      const shown = years.map((_, y) => y).filter(y => lines.some(([, , values]) => values[y] !== null));
      const all = lines.flatMap(([, , values]) => values.filter(each => each !== null));
      const low = Math.min(...all), high = Math.max(...all), span = high - low || 1;
      const x = y => shown.length < 2 ? WIDTH / 2
        : SIDE + (WIDTH - 2 * SIDE) * shown.indexOf(y) / (shown.length - 1);
      const up = value => HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (value - low) / span;
      const path = values => {
        let pen = "M";
        return shown.map(y => {
          if (values[y] === null) { pen = "M"; return ""; }
          const step = `${pen}${x(y).toFixed(1)} ${up(values[y]).toFixed(1)}`;
          pen = "L";
          return step;
        }).join("");
      };
      const words = lines.map(([name, , values]) => `${first(name)}: `
        + shown.map(y => `${years[y]} ${amount(values[y], measure)}`).join(", ")).join(". ");
      const picture = svg("svg", {
        class: "finner-tegning", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img",
        "aria-label": `${measure[0]}, ${measure[2]}. ${words}.`,
      });
      if (low < 0 && high > 0) picture.append(svg("path", { class: "null", d: `M${SIDE / 2} ${up(0).toFixed(1)}H${WIDTH - SIDE / 2}` }));
      for (const [, kind, values] of lines.toReversed()) picture.append(svg("path", { class: kind, d: path(values) }));
      for (const y of shown) {
        const value = lines[0][2][y], at = x(y).toFixed(1);
        picture.append(svg("text", { class: "nei", x: at, y: HEIGHT - 6, "text-anchor": "middle" }, String(years[y])));
        if (value === null) continue;
        picture.append(svg("circle", { cx: at, cy: up(value).toFixed(1), r: 4 }));
        picture.append(svg("text", { x: at, y: (up(value) - 9).toFixed(1), "text-anchor": "middle" }, number(value, measure[3])));
      }
      return [picture];
    };

    const legend = own => {
      const line = (kind, name) => tag("li", {}, svg("svg", { "aria-hidden": "true", viewBox: "0 0 32 12" },
        svg("path", { class: kind, d: "M0 6H32" })), name);
      return tag("ul", { class: "finner-linjer", "aria-label": "Linjene i figurene" }, line("egen", own[NAME]),
        ...(among(own, 0) ? [line("gruppe", `${data.grupper[own[GROUPS][0]][0]} samlet`)] : []),
        line("land", `${first(data.grupper[own[GROUPS][COUNTRY]][0])} samlet`));
    };

    // ---- the answer
    const table = (own, m) => {
      const measure = data.maal[m];
      const row = kind => {
        const group = own[GROUPS][kind];
        return [tag("tr", {}, tag("th", { scope: "row" }, first(data.grupper[group][0])),
          tag("td", {}, amount(data.samlet[group][m][last], measure)),
          tag("td", {}, amount(data.median[group][m], measure)), tag("td", {}, place(own, m, kind)))];
      };
      const head = ["Gruppe", "Samlet", "Median", "Plass"];
      return tag("table", {}, tag("thead", {}, tag("tr", {}, ...head.map(each => tag("th", { scope: "col" }, each)))),
        tag("tbody", {}, ...own[GROUPS].flatMap((_, kind) => among(own, kind) ? row(kind) : [])));
    };

    const card = (own, m) => tag("article", { class: "finner-maal" },
      tag("h4", {}, data.maal[m][0]), tag("p", { class: "kilde" }, `${first(data.maal[m][2])}, ${year}`),
      tag("p", {}, sentence(own, m)), ...figure(own, m), table(own, m));

    const about = own => {
      const [kostra, county] = own[GROUPS].map(each => each === null ? null : data.grupper[each]);
      const parts = [`Kommunenummer ${own[NUMBER]}`];
      if (county) parts.push(county[0]);
      if (own[PEOPLE] !== null) parts.push(`${number(own[PEOPLE], 0)} innbyggere`);
      const said = [`${parts.join(", ")}.`];
      if (kostra) said.push(`${kostra[0]}: ${kostra[1]}.`);
      if (own[SINCE] > years[0]) said.push(`Tallene begynner i ${own[SINCE]}: før det var kommunen en annen enhet.`);
      return said.join(" ");
    };

    const sheet = own => data.ark && data.ark[1].includes(own[NUMBER])
      ? [tag("p", {}, tag("a", { href: `${data.ark[0]}/${own[NUMBER]}.html` }, `Hele arket for ${own[NAME]}`))] : [];

    const suggest = (text, found) => {
      status.textContent = text;
      choices.replaceChildren(...found.map(each => tag("li", {}, tag("a", { href: `#kommune=${each[NUMBER]}` },
        `${each[NAME]} (${each[NUMBER]}, ${data.grupper[each[GROUPS][1]][0]})`))));
      choices.hidden = !found.length;
    };

    const clear = () => { answer.replaceChildren(); answer.hidden = true; suggest("", []); };

    const show = (own, why = "") => {
      const title = tag("h3", { tabindex: "-1" }, `${own[NAME]} kommune`);
      answer.replaceChildren(title, tag("p", {}, about(own)), legend(own),
        tag("div", { class: "finner-alle" }, ...data.maal.map((_, m) => card(own, m))), ...sheet(own));
      answer.hidden = false;
      suggest(`${why}Viser ${data.maal.length} mål for ${own[NAME]} kommune.`, []);
      performance.mark("kommune-vist");
      return title;
    };

    // ---- the search
    const LIKE = { "æ": "ae", "ø": "o", "å": "a" };
    const folded = text => text.toLowerCase().replace(/[æøå]/g, each => LIKE[each])
      .normalize("NFD").replace(/\p{M}/gu, "").replace(/[^a-z0-9]+/g, " ").replace(/ kommune$/, "").trim();
    const names = data.kommuner.map(each => [each, [each[NAME], ...each[OTHER]].map(folded)]);

    const distance = (a, b) => {
      let row = [...b].map((_, place) => place + 1);
      for (let i = 0; i < a.length; i += 1) {
        let corner = i, left = i + 1;
        row = row.map((above, j) => {
          left = Math.min(above + 1, left + 1, corner + (a[i] === b[j] ? 0 : 1));
          corner = above;
          return left;
        });
      }
      return row.at(-1) ?? a.length;
    };
    const nearest = far => data.kommuner.map((own, place) => [far(own, place), own])
      .sort(([a], [b]) => a - b).slice(0, MOST).map(([, own]) => own);

    // Who is meant: [municipalities, what to say first]; one municipality is an answer, more are a choice.
    const meant = text => {
      const digits = text.match(/(?<!\d)\d{3,4}(?!\d)/)?.[0].padStart(4, "0");
      if (digits) {
        if (byNumber.has(digits)) return [[byNumber.get(digits)], ""];
        const old = data.gamle.find(each => each[0] === digits);
        if (old) return became(old);
        return [nearest(own => Math.abs(Number(own[NUMBER]) - Number(digits))),
          `Ingen kommune har nummer ${digits} i ${year}. De nærmeste numrene:`, "nei"];
      }
      const asked = folded(text);
      if (!asked) return [[], "Skriv navnet eller nummeret til en kommune."];
      const same = names.filter(([, all]) => all.includes(asked)).map(([own]) => own);
      if (same.length) return [same, same.length > 1 ? `Flere kommuner heter ${same[0][NAME]}. Velg en:` : ""];
      const old = data.gamle.filter(each => folded(each[1]) === asked);
      if (old.length) return became(old[0], old.flatMap(each => each[2]));
      const begin = names.filter(([, all]) => all.some(each => each.startsWith(asked))).map(([own]) => own);
      if (begin.length === 1) return [begin, ""];
      if (begin.length && begin.length <= MOST) return [begin, `Flere kommuner begynner med «${text.trim()}». Velg en:`];
      return [nearest((_, place) => Math.min(...names[place][1].map(each => distance(asked, each)))),
        `Ingen kommune heter «${text.trim()}». Mente du en av disse?`, "nei"];
    };
    const became = ([old, name], now = data.gamle.find(each => each[0] === old)[2]) => {
      const found = [...new Set(now)].map(each => data.kommuner[each]);
      const renamed = found.length === 1 && found[0][NAME] === name;
      const said = renamed ? `${name} har fått nytt nummer (${old} er ikke lenger i bruk).`
        : `${name} (${old}) er nå ${found.length > 1 ? "en av disse" : `del av ${found[0][NAME]}`}`;
      return [found, found.length > 1 ? `${said}:` : `${said.replace(/\.$/, "")}. `];
    };

    const answered = text => {
      const [found, why, unknown] = meant(text);
      if (found.length === 1 && !unknown) return show(found[0], why);
      answer.replaceChildren();
      answer.hidden = true;
      suggest(why, found);
      return null;
    };

    // ---- the address
    const asked = () => {
      if (!location.hash.startsWith("#kommune=")) return null;
      const text = location.hash.slice("#kommune=".length);
      try { return decodeURIComponent(text); } catch { return text; }
    };
    const go = text => {
      const [found, , unknown] = meant(text);
      const hash = found.length === 1 && !unknown ? `#kommune=${found[0][NUMBER]}` : null;
      if (hash && location.hash !== hash) history.pushState(null, "", hash);
      answered(text);
    };
    const follow = () => {
      const text = asked();
      if (text === null) {
        if (!location.hash) clear();
        return;
      }
      const title = answered(text);
      if (document.activeElement === input) return;
      if (title) title.focus({ preventScroll: true });
      root.scrollIntoView();
    };

    form.addEventListener("submit", event => { event.preventDefault(); go(input.value); });
    // A name that is chosen from the list needs no button.
    input.addEventListener("input", () => { if (/, \d{4}$/.test(input.value)) go(input.value); });
    form.querySelector("datalist").append(
      ...data.kommuner.map(each => tag("option", { value: `${each[NAME]}, ${each[NUMBER]}` })));
    addEventListener("hashchange", follow);
    if (asked() !== null) follow();
  };

  // What the page carries is read when somebody asks: in the field, or by the address.
  const root = document.getElementById("finn-kommune");
  if (root) {
    let begun = false;
    const begin = () => {
      if (begun) return;
      begun = true;
      finder(root, JSON.parse(root.querySelector('script[type="application/json"]').textContent));
    };
    const addressed = () => { if (location.hash.startsWith("#kommune=")) begin(); };
    root.querySelector("form").hidden = false;
    root.querySelector(".finner-uten").hidden = true;
    root.addEventListener("focusin", begin, { once: true });
    addEventListener("hashchange", addressed);
    addressed();
  }
}
