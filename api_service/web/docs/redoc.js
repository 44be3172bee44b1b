import { description } from "./description.js";

window.Redoc.init(await description(), { nativeScrollbars: true }, document.getElementById("viewer"));
