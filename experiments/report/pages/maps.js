// The atlas: a layer, a measure, a type of offence or an hour chosen, and its map shown, with its classes.
(() => {
  const atlas = JSON.parse(document.getElementById("atlas-data").textContent);
  const NS = "http://www.w3.org/2000/svg", byId = (id) => document.getElementById(id);
  const layer = byId("map-layer"), measure = byId("map-measure"), kind = byId("map-kind"), hour = byId("map-hour");
  const svg = byId("map"), legend = byId("map-legend"), said = byId("map-said");
  const part = () => (measure.value !== "none" ? "all" : Number(hour.value) >= 0 && !hour.disabled ? hour.value.padStart(2, "0") : kind.disabled ? "all" : kind.value);
  const key = () => `${layer.value}|${measure.value}|${part()}`;
  const scale = () => atlas.scales[`${layer.value}|${measure.value === "none" ? "is" : "changes"}`];
  const url = (png) => (png ? `data:image/png;base64,${png}` : "");

  function draw(node, name, attributes, text) {
    const made = document.createElementNS(NS, name);
    for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
    if (text !== undefined) made.textContent = text;
    node.append(made);
  }

  function showLegend({ labels, colours }, unit) {
    legend.replaceChildren();
    colours.forEach((colour, k) => draw(legend, "rect", { x: 0, y: -12 * (k + 1), width: 12, height: 12, fill: colour || atlas.land, stroke: "#9aa3ad", "stroke-width": 0.4 }));
    labels.forEach((label, k) => draw(legend, "text", { x: 16, y: -12 * (k + 1) + 2.5, "font-size": 8, fill: "#1d2530" }, label));
    draw(legend, "text", { x: 0, y: -12 * colours.length - 4, "font-size": 6, fill: "#545d69" }, unit);
  }

  function show() {
    const changes = measure.value !== "none", timed = ["offences", "walking"].includes(layer.value);
    for (const option of measure.options) option.disabled = option.value !== "none" && !(`${layer.value}|${option.value}|all` in atlas.fields);
    if (measure.selectedOptions[0].disabled) { measure.value = "none"; return show(); }
    hour.disabled = changes || !timed || (layer.value === "offences" && kind.value !== "all");
    kind.disabled = changes || layer.value !== "offences";
    byId("map-hour-said").textContent = Number(hour.value) < 0 || hour.disabled ? atlas.say.whole_day : `${hour.value.padStart(2, "0")}:00`;
    const field = atlas.fields[key()], scales = scale();
    byId("map-field").setAttribute("href", url(field.png));
    byId("map-unsure").setAttribute("href", url(field.unsure));
    showLegend(scales, atlas.say.units_of_maps[layer.value]);
    const of = [atlas.say[changes ? "layers_of_changes" : "layers_of_maps"][layer.value]];
    if (!kind.disabled && part() === kind.value && kind.value !== "all") of.push(kind.selectedOptions[0].text);
    if (!hour.disabled && Number(hour.value) >= 0) of.push(byId("map-hour-said").textContent);
    of.push(measure.selectedOptions[0].text);
    said.textContent = of.join(" · ");
    svg.setAttribute("aria-label", said.textContent);
    byId("map-title").textContent = said.textContent;
    byId("map-note").textContent = changes ? atlas.say.unsure_note : atlas.say.map_note;
  }

  function save(name, address) {
    const link = document.createElement("a");
    link.download = name;
    link.href = address;
    link.click();
  }

  const named = (end) => `${key().replaceAll("|", "_")}.${end}`;
  const svgText = () => `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(svg)}`;
  const svgUrl = () => `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svgText())}`;

  function pixels(address, then) {
    const image = new Image();
    image.onload = () => {
      const canvas = document.createElement("canvas");
      const [wide, high] = then.size ? then.size : [image.naturalWidth, image.naturalHeight];
      Object.assign(canvas, { width: wide, height: high });
      const context = canvas.getContext("2d");
      context.drawImage(image, 0, 0, wide, high);
      then.with(canvas, context);
    };
    image.src = address;
  }

  byId("map-svg").addEventListener("click", () => save(named("svg"), svgUrl()));
  byId("map-png").addEventListener("click", () => {
    const { width, height } = svg.viewBox.baseVal;
    pixels(svgUrl(), { size: [4 * width, 4 * height], with: (canvas) => save(named("png"), canvas.toDataURL("image/png")) });
  });
  byId("map-csv").addEventListener("click", () => {
    const { ends, colours } = scale(), hex = (data, i) => `#${[0, 1, 2].map((k) => data[i + k].toString(16).padStart(2, "0")).join("")}`;
    pixels(url(atlas.fields[key()].png), { with: (canvas, context) => {
      const { data } = context.getImageData(0, 0, canvas.width, canvas.height), lines = ["east,north,from,to"];
      for (let i = 0; i < data.length; i += 4) {
        if (data[i + 3] === 0) continue;
        const k = colours.indexOf(hex(data, i)), x = (i / 4) % canvas.width, y = Math.floor(i / 4 / canvas.width);
        const at = [atlas.west + (x + 0.5) * atlas.cell, atlas.north - (y + 0.5) * atlas.cell];
        lines.push([...at, k > 0 ? ends[k - 1] : "", k < ends.length ? ends[k] : ""].join(","));
      }
      save(named("csv"), `data:text/csv;charset=utf-8,${encodeURIComponent(lines.join("\n") + "\n")}`);
    } });
  });
  for (const control of [layer, measure, kind, hour]) control.addEventListener("input", show);
  show();
})();
