import { description } from "./description.js";
import "./scheme.js";

window.SwaggerUIBundle({
  spec: await description(),
  domNode: document.getElementById("viewer"),
  deepLinking: true,
  displayRequestDuration: true,
  persistAuthorization: false,
  defaultModelsExpandDepth: 0,
  validatorUrl: null,
});
