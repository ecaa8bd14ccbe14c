// Runs before the first paint, so that a stored or system dark theme never flashes white.
(function () {
  var stored = null;
  try {
    stored = localStorage.getItem("pandaprobe.theme");
  } catch {
    // Storage may be closed to us; the system's choice is then the one to follow.
  }
  var dark =
    stored === "dark" || (stored !== "light" && window.matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
})();
