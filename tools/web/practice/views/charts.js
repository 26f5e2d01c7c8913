/* Charts by hand, small enough for it. Each says in words what it shows; the numbers stand beside it, so a chart adds nothing that is nowhere else. */
import { el, svg } from "../../kit/dom.js";
import { scorePoints, stacked } from "../figures.js";
import { word } from "./pieces.js";

const WIDTH = 600;

/** A bar of parts, with its legend. `counts`: by status. */
export function shareChart(counts, label) {
    const pieces = stacked(counts, WIDTH);
    const chart = svg("svg", { viewBox: `0 0 ${WIDTH} 24`, class: "chart-bar", role: "img", "aria-label": label, preserveAspectRatio: "none" },
        ...pieces.map(({ key, x, width }) => svg("rect", { x, y: 0, width, height: 24, class: `share ${key}` })));
    const legend = el("ul", { class: "legend" }, Object.entries(counts).map(([key, count]) =>
        el("li", {}, el("span", { class: `swatch share ${key}`, "aria-hidden": "true" }), `${word("status", key)}: ${count}`)));
    return el("div", { class: "stack tight" }, chart, legend);
}

/** One bar from nothing to the most, beside a number that says the same. */
export function bar(value, most, kind = "") {
    const width = most ? Math.max(0, Math.min(1, value / most)) * 100 : 0;
    return svg("svg", { viewBox: "0 0 100 10", class: "bar", "aria-hidden": "true", preserveAspectRatio: "none" },
        svg("rect", { width: 100, height: 10, class: "bar-ground" }), svg("rect", { width, height: 10, class: `bar-value ${kind}` }));
}

/** Scores one after the other, from 0 to 100. */
export function scoreChart(submissions, label) {
    const box = { width: WIDTH - 72, height: 140 };
    const points = scorePoints(submissions, box);
    const line = points.map(({ x, y }, index) => `${index ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join(" ");
    const grid = [0, 50, 100].flatMap(score => {
        const y = box.height - score / 100 * box.height;
        return [svg("path", { d: `M0 ${y}H${box.width}`, class: "grid" }), svg("text", { x: -10, y, dy: "0.35em", class: "axis" }, String(score))];
    });
    return svg("svg", { viewBox: `0 0 ${WIDTH} 170`, class: "chart-scores", role: "img", "aria-label": label },
        svg("g", { transform: "translate(56 14)" }, ...grid, svg("path", { d: line, class: "score-line" }),
            ...points.map(({ x, y }) => svg("circle", { cx: x.toFixed(1), cy: y.toFixed(1), r: 5, class: "score-point" }))));
}
