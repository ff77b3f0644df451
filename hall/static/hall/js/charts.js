// Every chart is drawn from the table it belongs to, in the colours of the theme's tokens. Unknown stays a gap, nought is drawn.
const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function readTable(table) {
  const text = (cell) => cell.textContent.trim();
  const value = (cell) => (text(cell) === "" || Number.isNaN(Number(text(cell))) ? null : Number(text(cell)));
  const names = [...table.tHead.rows[0].cells].slice(1).map(text);
  const rows = [...table.tBodies[0].rows];
  return {
    keys: rows.map((row) => text(row.cells[0])),
    series: names.map((name, i) => ({ name, data: rows.map((row) => value(row.cells[i + 1])) })),
  };
}

function lineSeries(series, i, type) {
  return {
    ...series,
    type: "line",
    symbol: ["circle", "rect", "triangle"][i],
    symbolSize: 7,
    color: [token("--blue"), token("--green"), token("--ink")][i],
    lineStyle: { width: 2.5, type: ["solid", "dashed", "dotted"][i] },
    endLabel: { show: true, formatter: "{a}", ...type, color: token("--ink") },
    labelLayout: { moveOverlap: "shiftY" },
  };
}

function stackSeries(series, i, size) {
  const color = i === 0 ? token("--ink") : "#fff";
  const formatter = (point) => (point.value >= 5 ? point.value : "");
  return { ...series, type: "bar", stack: "all", barWidth: "62%", label: { show: true, fontSize: size - 1, color, formatter } };
}

function options(kind, { keys, series }) {
  const size = 13;
  const lying = kind === "stack";
  const type = { fontFamily: token("--sans"), fontSize: size, color: token("--ink-2") };
  const category = { type: "category", data: keys, inverse: lying, axisTick: { show: false }, axisLine: { lineStyle: { color: token("--edge") } }, axisLabel: type };
  const value = { type: "value", minInterval: 1, axisLabel: lying ? { show: false } : type, splitLine: { show: !lying, lineStyle: { color: token("--rule") } } };
  return {
    animation: false,
    textStyle: type,
    color: ["--blue-line", "--blue", "--blue-deep", "--edge"].map(token),
    tooltip: { trigger: "axis", renderMode: "richText" },
    grid: { left: lying ? size * 8.4 : size * 2.6, right: lying ? size * 2.4 : size * 5, top: lying ? 4 : size, bottom: lying ? 4 : size * 2 },
    xAxis: lying ? value : category,
    yAxis: lying ? category : value,
    series: series.map((one, i) => (lying ? stackSeries(one, i, size) : lineSeries(one, i, type))),
  };
}

document.querySelectorAll("[data-chart]").forEach((box) => {
  const table = document.getElementById(box.dataset.table);
  table.closest("details").open = false;
  const chart = echarts.init(box, null, { renderer: "canvas" });
  chart.setOption(options(box.dataset.chart, readTable(table)));
  addEventListener("resize", () => chart.resize());
});
