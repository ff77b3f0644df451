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
    grid: { left: lying ? size * 8.4 : size * 2.6, right: lying ? size * 2.4 : size * 5, top: lying ? 4 : size * 1.8, bottom: lying ? 4 : size * 2 },
    xAxis: lying ? value : category,
    yAxis: lying ? category : value,
    series: series.map((one, i) => (lying ? stackSeries(one, i, size) : lineSeries(one, i, type))),
  };
}

// Lines that end at the same height: their names stand one above the other, the highest line's first.
function spreadEndLabels(chart, series, size) {
  const ends = series
    .map((one, i) => ({ i, y: chart.convertToPixel({ yAxisIndex: 0 }, one.data.at(-1) ?? 0) }))
    .sort((one, other) => other.y - one.y || other.i - one.i);
  const moved = [];
  ends.reduce((below, { i, y }) => {
    const free = Math.min(y, below - size * 1.3);
    moved[i] = { endLabel: { offset: [0, free - y] } };
    return free;
  }, Infinity);
  chart.setOption({ series: moved });
}

document.querySelectorAll("[data-chart]").forEach((box) => {
  const table = document.getElementById(box.dataset.table);
  table.closest("details").open = false;
  const chart = echarts.init(box, null, { renderer: "canvas" });
  const shown = readTable(table);
  chart.setOption(options(box.dataset.chart, shown));
  const arrange = () => box.dataset.chart === "line" && spreadEndLabels(chart, shown.series, 13);
  arrange();
  addEventListener("resize", () => { chart.resize(); arrange(); });
});
