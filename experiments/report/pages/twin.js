// The twin city: a week played in two worlds, in which only what differs stays lit.
(() => {
  const twin = JSON.parse(document.getElementById("twin-data").textContent);
  const NS = "http://www.w3.org/2000/svg", byId = (id) => document.getElementById(id);
  const measure = byId("twin-measure"), at = byId("twin-at"), play = byId("twin-play"), GLOW = 36;
  let dots = [], running = 0;

  function dot(group, [tick, x, y], lit) {
    const circle = document.createElementNS(NS, "circle");
    for (const [name, value] of Object.entries({ cx: x + 0.5, cy: y + 0.5, r: lit ? 3.6 : 1.5, fill: lit ? "#c2410c" : "#8d96a1", stroke: lit ? "#fff" : "none", "stroke-width": 0.8 })) circle.setAttribute(name, value);
    circle.style.display = "none";
    group.append(circle);
    return { circle, tick, lit };
  }

  function set() {
    const [both, gone, come] = twin.measures[measure.value];
    const [left, right] = ["twin-without", "twin-with"].map((id) => byId(id).querySelector("g.dots"));
    left.replaceChildren();
    right.replaceChildren();
    dots = [...both.flatMap((one) => [dot(left, one, false), dot(right, one, false)]), ...gone.map((one) => ({ ...dot(left, one, true), gone: true })), ...come.map((one) => dot(right, one, true))];
    byId("twin-name").textContent = measure.selectedOptions[0].text;
    show();
  }

  function show() {
    const now = Number(at.value);
    let both = 0, gone = 0, come = 0;
    for (const { circle, tick, lit, gone: of } of dots) {
      const seen = tick <= now && (lit || tick > now - GLOW);
      circle.style.display = seen ? "" : "none";
      if (tick <= now) lit ? (of ? gone++ : come++) : (both += 0.5);
    }
    const minutes = now * 10 + 240, day = Math.min(Math.floor(now / 144) + 1, at.max / 144), pad = (n) => String(n).padStart(2, "0");
    byId("twin-clock").textContent = twin.say.clock.replace("{day}", day).replace("{hour}", pad(Math.floor(minutes / 60) % 24)).replace("{minute}", pad(minutes % 60));
    const said = (only) => twin.say.only_here.replace("{all}", both + only).replace("{n}", only);
    byId("twin-gone").textContent = said(gone);
    byId("twin-come").textContent = said(come);
  }

  function stop() {
    clearInterval(running);
    running = 0;
    play.textContent = twin.say.play;
  }

  play.addEventListener("click", () => {
    if (running) return stop();
    if (Number(at.value) >= Number(at.max)) at.value = 0;
    play.textContent = twin.say.pause;
    running = setInterval(() => {
      at.value = Number(at.value) + 3;
      show();
      if (Number(at.value) >= Number(at.max)) stop();
    }, 60);
  });
  at.addEventListener("input", show);
  measure.addEventListener("input", set);
  set();
})();
