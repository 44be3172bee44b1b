// The API's description with addresses of this page's own place, so that "try it out" works below a sub-path too.
export async function description() {
  const base = new URL(".", document.baseURI);
  const response = await fetch(new URL("api/openapi.json", base));
  if (!response.ok) throw new Error(`The description could not be read (${response.status}).`);
  return { ...(await response.json()), servers: [{ url: base.href.replace(/\/$/, "") }] };
}
