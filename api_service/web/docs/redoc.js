import { description } from "./description.js";

// Redoc has one scheme: it sets half of its colours itself, whatever theme it is given.
const options = { nativeScrollbars: true, theme: { colors: { primary: { main: "#0f766e" } } } };
window.Redoc.init(await description(), options, document.getElementById("viewer"));
