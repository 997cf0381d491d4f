// The report in the browser: a number opens its readings, arrow keys turn the weeks, charts are drawn from the data
// that stands in the page. Without this script every link and every table still works.
"use strict";

(() => {
  const dialog = document.getElementById("readings");
  const body = document.getElementById("readings-body");

  document.querySelector(".report-tabs .active")?.scrollIntoView({ block: "nearest", inline: "center" });

  document.addEventListener("click", async (event) => {
    const link = event.target.closest("a[data-readings]");
    if (!link || !dialog || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    try {
      const answer = await fetch(link.href, { headers: { "HX-Request": "true" }, credentials: "same-origin" });
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      body.innerHTML = await answer.text();  // our own page, escaped by the server
      dialog.showModal();
    } catch {
      window.location = link.href;
    }
  });
  if (dialog) dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });

  // ← and → turn the period, unless somebody writes, chooses or reads a panel.
  document.addEventListener("keydown", (event) => {
    const way = { ArrowLeft: "earlier", ArrowRight: "later" }[event.key];
    const busy = event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || document.querySelector("dialog[open]");
    if (!way || busy || event.target.closest("input, select, textarea, summary, [role=tab], .rep-scroll, .rep-plot")) return;
    const link = document.querySelector(`[data-period-keys] [data-period="${way}"]`);
    if (link && link.href) link.click();
  });

  if (!window.echarts) return;
  const grey = "#51606f", night = "#0b1d3a", blue = "#23447a", sky = "#5b8fd0", amber = "#e49b00", red = "#b42318", hair = "#dfe5ed";
  const colours = [blue, amber, "#12733f", sky, red, "#7a4fa3", grey];
  const number = (value) => (value === null || value === undefined ? "" : String(Math.round(value * 10) / 10).replace(/\B(?=(\d{3})+(?!\d))/g, "\u202f"));
  const base = {
    animation: false, textStyle: { fontFamily: "Inter, system-ui, sans-serif", color: grey }, color: colours,
    tooltip: { trigger: "axis", renderMode: "richText", confine: true, backgroundColor: "#fff", borderColor: hair, textStyle: { color: night, fontSize: 12 } },
  };
  const axis = (extra) => ({ axisLine: { lineStyle: { color: hair } }, axisTick: { show: false }, axisLabel: { color: grey, fontSize: 11 }, splitLine: { lineStyle: { color: "#eef1f5" } }, ...extra });

  function lines(data) {
    const marks = data.marks.map(([at, words]) => ({ xAxis: at, label: { formatter: words, fontSize: 10, color: grey, position: "insideEndTop" } }));
    const series = data.series.map((one, n) => ({
      name: one.name, type: "line", data: one.values, connectNulls: false, symbolSize: 7, symbol: "circle", lineStyle: { width: 2.5 },
      ...(n === 0 && marks.length ? { markLine: { symbol: "none", lineStyle: { color: amber, type: "dashed" }, data: marks } } : {}),
      ...(n === 0 && one.band ? { markArea: { silent: true, itemStyle: { color: "rgba(91, 143, 208, .14)" }, data: [[{ yAxis: one.band[0] }, { yAxis: one.band[2] }]] } } : {}),
    }));
    return {
      ...base, series, legend: series.length > 1 ? { bottom: 0, textStyle: { color: grey }, itemWidth: 16, itemHeight: 8 } : undefined,
      grid: { left: 8, right: 18, top: 18, bottom: series.length > 1 ? 34 : 8, containLabel: true },
      tooltip: { ...base.tooltip, formatter: (rows) => [rows[0].axisValue, ...rows.map((row) => `${row.seriesName}: ${data.series[row.seriesIndex].texts[row.dataIndex]}`)].join("\n") },
      xAxis: axis({ type: "category", data: data.labels, boundaryGap: false }), yAxis: axis({ type: "value", axisLabel: { color: grey, fontSize: 11, formatter: number } }),
    };
  }

  function bars(data) {
    const series = data.series.map((one) => ({ name: one.name, type: "bar", data: one.values, barMaxWidth: 26 }));
    return { ...lines({ ...data, series: data.series, marks: [] }), series, xAxis: axis({ type: "category", data: data.labels }) };
  }

  // Districts by their size: what lies outside the curves is more than chance.
  function funnel(data) {
    const curve = (key, type) => ({ type: "line", name: key, data: data.curves[key], symbol: "none", silent: true, tooltip: { show: false }, lineStyle: { width: 1.3, type, color: type === "solid" ? blue : sky } });
    const place = { inside: blue, above: amber, below: amber, far_above: red, far_below: red };
    const points = data.points.map((one) => ({ value: [one.x, one.y], name: one.name, text: one.text, itemStyle: { color: place[one.place] || grey }, label: { show: one.place !== "inside" && one.place !== "unknown", formatter: one.name, position: one.place.endsWith("below") ? "bottom" : "top", fontSize: 11, color: night } }));
    return {
      ...base, grid: { left: 8, right: 24, top: 28, bottom: 26, containLabel: true },
      tooltip: { ...base.tooltip, trigger: "item", formatter: (one) => (one.data && one.data.text ? `${one.data.name}\n${one.data.text}` : "") },
      xAxis: axis({ type: "value", name: data.x, nameLocation: "middle", nameGap: 26, min: 0, axisLabel: { color: grey, fontSize: 11, formatter: number } }),
      yAxis: axis({ type: "value", name: data.y, nameTextStyle: { align: "left" }, min: 0, axisLabel: { color: grey, fontSize: 11, formatter: number } }),
      series: [
        curve("high998", "solid"), curve("low998", "solid"), curve("high95", "dashed"), curve("low95", "dashed"),
        { type: "scatter", data: points, symbolSize: 13,
          markLine: data.level === null ? undefined : { silent: true, symbol: "none", lineStyle: { color: night, width: 1 }, label: { show: false }, data: [{ yAxis: data.level }] } },
      ],
    };
  }

  const shapes = { lines, bars, funnel };
  for (const plot of document.querySelectorAll("[data-chart]")) {
    const data = JSON.parse(document.getElementById(plot.dataset.chart).textContent);
    const chart = window.echarts.init(plot, null, { renderer: "svg" });
    chart.setOption(shapes[data.kind](data));
    plot.setAttribute("role", "img");
    plot.setAttribute("aria-label", data.title);
    new ResizeObserver(() => chart.resize()).observe(plot);
  }
})();
