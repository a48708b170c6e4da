// Calls back with the customdata of a clicked point, of whatever plotly chart is on the page by then; returns how to stop.
// Streamlit's selections would make a widget of every chart that was ever drawn, and a session keeps 1.5 kB of each for
// good: a class that moves a knob makes ten thousand in some minutes.
const hear = (tell) => {
  const listen = ({ target }) => {
    const chart = target.closest?.(".js-plotly-plot");
    if (!chart?.on || chart.heard) return;
    chart.heard = true;
    chart.on("plotly_click", ({ points }) => {
      const name = [points[0].customdata].flat()[0];
      if (name) tell(name);
    });
  };
  document.addEventListener("pointerover", listen);
  return () => document.removeEventListener("pointerover", listen);
};
