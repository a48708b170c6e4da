const figures = JSON.parse(document.getElementById("figures").textContent);
const dark = matchMedia("(prefers-color-scheme: dark)");

function template() {
  const ink = dark.matches ? "#e8edf2" : "#17212b";
  const line = dark.matches ? "#37424d" : "#d5dae0";
  const faint = dark.matches ? "#202931" : "#eef1f4";
  const axis = {
    gridcolor: line, zerolinecolor: line, linecolor: line, minor: { gridcolor: faint }, title: { standoff: 12 },
  };
  return { layout: {
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", font: { color: ink, family: "system-ui, sans-serif" },
    xaxis: axis, yaxis: axis, legend: { bgcolor: "rgba(0,0,0,0)" },
  } };
}

function draw() {
  for (const place of document.querySelectorAll("[data-figure]")) {
    const figure = structuredClone(figures[Number(place.dataset.figure)]);
    const legend = figure.layout.legend;
    if (legend && legend.y < 0) legend.y = -0.32; // below the axis' title
    Plotly.react(place, figure.data, { ...figure.layout, template: template() }, { displayModeBar: false, responsive: true });
  }
}

draw();
dark.addEventListener("change", draw);
