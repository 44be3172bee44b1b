// Where the app is served: everything is relative to it, so that a sub-path (an ingress, a proxy) just works.
export const base = new URL(".", document.baseURI);

/** The address of a path of the API, such as `api/devices/`. */
export function address(path, query = {}) {
  const url = new URL(path.replace(/^\//, ""), base);
  for (const [name, value] of Object.entries(query)) {
    const values = Array.isArray(value) ? value : [value];
    for (const one of values) if (one !== undefined && one !== null) url.searchParams.append(name, one);
  }
  return url;
}
