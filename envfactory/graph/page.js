"use strict";
// The graph's page. What needs no document comes first and is tested by itself; the rest draws it.

/** The edges that pass the filters: environment (either end), kind of evidence, trusted only. */
function shownEdges(graph, filters) {
  return graph.edges.filter((edge) => {
    const ends = [graph.tools[edge.producer].environment, graph.tools[edge.consumer].environment];
    return (
      (!filters.environment || ends.includes(filters.environment)) &&
      (!filters.kind || edge.evidence.some((item) => item.kind === filters.kind)) &&
      (!filters.trusted || edge.trusted)
    );
  });
}

/** The tools whose name holds every word of the search, best first: those that begin with it, then by name. */
function foundTools(graph, text) {
  const words = text.toLowerCase().split(/[\s_]+/).filter(Boolean);
  if (!words.length) return [];
  const found = [];
  graph.tools.forEach((tool, place) => {
    const name = tool.name.toLowerCase();
    if (words.every((word) => name.includes(word))) found.push([tool.tool.toLowerCase().startsWith(words[0]) ? 0 : 1, name, place]);
  });
  found.sort((a, b) => a[0] - b[0] || (a[1] < b[1] ? -1 : 1));
  return found.map((item) => item[2]);
}

/** The tool under a point of the plane, or -1; `reach` is how far from its middle still counts. */
function toolAt(graph, x, y, reach) {
  let best = -1;
  let nearest = reach * reach;
  graph.tools.forEach((tool, place) => {
    const distance = (tool.x - x) ** 2 + (tool.y - y) ** 2;
    if (distance <= nearest) [best, nearest] = [place, distance];
  });
  return best;
}

/** The view after zooming by `factor` around a point of the screen: what is under the point stays there. */
function zoomed(view, x, y, factor) {
  const scale = Math.min(8, Math.max(0.02, view.scale * factor));
  const by = scale / view.scale;
  return { scale, x: x - (x - view.x) * by, y: y - (y - view.y) * by };
}

/** The view that shows all of a box on a screen. */
function fitted(box, width, height) {
  const scale = Math.min(width / box.width, height / box.height) * 0.96;
  return { scale, x: (width - box.width * scale) / 2, y: (height - box.height * scale) / 2 };
}

function start() {
  const graph = JSON.parse(document.getElementById("graph").textContent);
  const at = (id) => document.getElementById(id);
  const canvas = at("plane");
  const pen = canvas.getContext("2d");
  const filters = { environment: "", kind: "", trusted: false };
  let edges = graph.edges;
  let chosen = -1;
  let view = { scale: 1, x: 0, y: 0 };
  let waiting = false;

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const redraw = () => {
    if (!waiting) requestAnimationFrame(draw);
    waiting = true;
  };

  function draw() {
    waiting = false;
    const sharp = window.devicePixelRatio || 1;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    canvas.width = width * sharp;
    canvas.height = height * sharp;
    pen.setTransform(sharp * view.scale, 0, 0, sharp * view.scale, sharp * view.x, sharp * view.y);
    const [ink, dim, paper] = [colour("--ink"), colour("--dim"), colour("--paper")];
    const thin = 1 / Math.max(view.scale, 0.15);
    const lit = new Set(chosen < 0 ? [] : [chosen]);
    const touches = (edge) => edge.producer === chosen || edge.consumer === chosen;
    for (const edge of edges) {
      if (chosen >= 0 && touches(edge)) lit.add(edge.producer).add(edge.consumer);
    }
    for (const pass of [0, 1]) {
      for (const edge of edges) {
        if (edge.producer === edge.consumer || (touches(edge) ? 1 : 0) !== pass) continue;
        const [a, b] = [graph.tools[edge.producer], graph.tools[edge.consumer]];
        const home = graph.environments[a.environment];
        const inside = a.environment === b.environment;
        const bend = inside ? [home.x, home.y] : [(a.x + b.x) / 2 + (a.y - b.y) * 0.08, (a.y + b.y) / 2 + (b.x - a.x) * 0.08];
        const middle = inside ? [((a.x + b.x) / 2) * 0.4 + bend[0] * 0.6, ((a.y + b.y) / 2) * 0.4 + bend[1] * 0.6] : bend;
        pen.globalAlpha = pass ? 0.95 : chosen >= 0 ? 0.03 : inside ? 0.22 : edge.trusted ? 0.16 : 0.05;
        pen.strokeStyle = home.colour;
        pen.lineWidth = thin * (pass ? 2 : 1);
        pen.setLineDash(edge.executed ? [] : [4 * thin, 4 * thin]);
        pen.beginPath();
        pen.moveTo(a.x, a.y);
        pen.quadraticCurveTo(middle[0], middle[1], b.x, b.y);
        pen.stroke();
        if (pass) arrow(middle, b, thin);
      }
    }
    pen.setLineDash([]);
    graph.tools.forEach((tool, place) => {
      const dull = (chosen >= 0 && !lit.has(place)) || (filters.environment && tool.environment !== filters.environment);
      pen.globalAlpha = dull ? 0.2 : 1;
      const home = graph.environments[tool.environment];
      pen.fillStyle = tool.writes ? home.colour : paper;
      pen.strokeStyle = place === chosen ? ink : home.colour;
      pen.lineWidth = place === chosen ? 4 : 2.5;
      pen.beginPath();
      if (tool.writes) pen.rect(tool.x - 6, tool.y - 6, 12, 12);
      else pen.arc(tool.x, tool.y, 6, 0, 7);
      pen.fill();
      pen.stroke();
      if (view.scale > 0.42 || lit.has(place)) label(tool, ink, lit.has(place) ? Math.max(1, 0.75 / view.scale) : 1);
    });
    pen.textAlign = "center";
    for (const [name, home] of Object.entries(graph.environments)) {
      pen.globalAlpha = filters.environment && filters.environment !== name ? 0.25 : 1;
      pen.font = `600 ${Math.min(60, Math.max(14, 13 / view.scale))}px system-ui, sans-serif`;
      pen.fillStyle = pen.strokeStyle = paper;
      pen.lineWidth = 6;
      const y = view.scale > 0.42 ? home.y : home.y - home.radius - 10 / view.scale; // in the middle where there is room
      pen.strokeText(name, home.x, y);
      pen.fillStyle = view.scale > 0.42 ? dim : ink;
      pen.fillText(name, home.x, y);
    }
  }

  function arrow(from, tool, thin) {
    const angle = Math.atan2(tool.y - from[1], tool.x - from[0]);
    const [x, y] = [tool.x - 9 * Math.cos(angle), tool.y - 9 * Math.sin(angle)];
    pen.setLineDash([]);
    pen.beginPath();
    for (const turn of [0.4, -0.4]) {
      pen.moveTo(x, y);
      pen.lineTo(x - 9 * thin * Math.cos(angle + turn), y - 9 * thin * Math.sin(angle + turn));
    }
    pen.stroke();
  }

  function label(tool, ink, size) {
    const left = Math.cos(tool.angle) < 0;
    pen.save();
    pen.translate(tool.x, tool.y);
    pen.rotate(left ? tool.angle + Math.PI : tool.angle);
    pen.textAlign = left ? "right" : "left";
    pen.font = `${12 * size}px system-ui, sans-serif`;
    pen.fillStyle = ink;
    pen.fillText(tool.tool, left ? -12 : 12, 4 * size);
    pen.restore();
  }

  const made = (name, text, parent, className) => {
    const element = document.createElement(name);
    if (text) element.textContent = text;
    if (className) element.className = className;
    parent.append(element);
    return element;
  };

  function toolButton(place, parent) {
    const button = made("button", graph.tools[place].name, parent, "tool");
    button.onclick = () => choose(place, true);
  }

  function choose(place, go) {
    chosen = place;
    const panel = at("panel");
    panel.replaceChildren();
    at("found").replaceChildren();
    if (place >= 0) {
      const tool = graph.tools[place];
      made("h2", tool.name, panel);
      made("p", `${tool.effect} ${tool.entity} · ${tool.writes ? "writes" : "reads"} · ${tool.environment}`, panel, "dim");
      for (const [title, mine, other] of [["is fed by", "consumer", "producer"], ["feeds", "producer", "consumer"]]) {
        const listed = edges.filter((edge) => edge[mine] === place);
        made("h3", `${title} (${listed.length})`, panel);
        for (const edge of listed) {
          const item = made("div", "", panel, "edge");
          toolButton(edge[other], item);
          made("div", `${edge.path || "result"} → ${edge.parameter}${edge.entity ? ` (${edge.entity})` : ""}`, item);
          for (const each of edge.evidence) {
            made("div", `${each.kind} ${each.score.toFixed(2)}: ${each.detail}`, item, `why ${each.kind}`);
          }
        }
      }
      if (go) {
        const scale = Math.max(view.scale, 0.7);
        view = { scale, x: canvas.clientWidth / 2 - tool.x * scale, y: canvas.clientHeight / 2 - tool.y * scale };
      }
    } else {
      made("p", "Click a tool to see its edges and why they are there. Drag to move, scroll to zoom.", panel, "dim");
    }
    redraw();
  }

  function refilter() {
    filters.environment = at("environment").value;
    filters.kind = at("kind").value;
    filters.trusted = at("trusted").checked;
    edges = shownEdges(graph, filters);
    at("count").textContent = `${edges.length} of ${graph.edges.length} edges`;
    choose(chosen, false);
  }

  for (const name of Object.keys(graph.environments)) at("environment").append(new Option(name, name));
  for (const name of graph.kinds) at("kind").append(new Option(name, name));
  for (const id of ["environment", "kind", "trusted"]) at(id).onchange = refilter;
  at("search").oninput = () => {
    const list = at("found");
    list.replaceChildren();
    for (const place of foundTools(graph, at("search").value).slice(0, 12)) toolButton(place, list);
  };
  at("search").onkeydown = (event) => {
    const [first] = foundTools(graph, at("search").value);
    if (event.key === "Enter" && first !== undefined) choose(first, true);
  };
  at("all").onclick = () => {
    view = fitted(graph.box, canvas.clientWidth, canvas.clientHeight);
    choose(-1, false);
  };
  canvas.onwheel = (event) => {
    event.preventDefault();
    view = zoomed(view, event.offsetX, event.offsetY, Math.exp(-event.deltaY * 0.0015));
    redraw();
  };
  let held = null;
  canvas.onpointerdown = (event) => {
    held = { x: event.offsetX, y: event.offsetY, moved: false };
    canvas.setPointerCapture(event.pointerId);
  };
  canvas.onpointermove = (event) => {
    if (!held) return;
    const [dx, dy] = [event.offsetX - held.x, event.offsetY - held.y];
    if (!held.moved && Math.hypot(dx, dy) < 4) return;
    held = { x: event.offsetX, y: event.offsetY, moved: true };
    view = { scale: view.scale, x: view.x + dx, y: view.y + dy };
    redraw();
  };
  canvas.onpointerup = (event) => {
    const clicked = held && !held.moved;
    held = null;
    if (!clicked) return;
    choose(toolAt(graph, (event.offsetX - view.x) / view.scale, (event.offsetY - view.y) / view.scale, Math.max(10, 8 / view.scale)), false);
  };
  window.onresize = redraw;
  view = fitted(graph.box, canvas.clientWidth, canvas.clientHeight);
  refilter();
  const named = graph.tools.findIndex((tool) => `#${tool.name}` === decodeURIComponent(location.hash));
  if (named >= 0) choose(named, true); // page.html#gmail__messages_send
}

if (typeof module !== "undefined") module.exports = { shownEdges, foundTools, toolAt, zoomed, fitted };
else start();
