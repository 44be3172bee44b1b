// Dark or light as on the page beside: what was chosen there, else what the system prefers.
const system = matchMedia("(prefers-color-scheme: dark)");

function show() {
  const chosen = localStorage.getItem("askwatt.theme");
  // Swagger UI's own sheet goes by this class.
  document.documentElement.classList.toggle("dark-mode", chosen ? chosen === "dark" : system.matches);
}

system.addEventListener("change", show);
addEventListener("storage", show);
show();
