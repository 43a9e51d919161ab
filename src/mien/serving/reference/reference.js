// Shows /openapi.json: an operation a section, then the types.

const SCHEMAS = "#/components/schemas/";

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

// Texts of the description mark code with backticks.
function prose(text) {
  const parts = text.split("`");
  return parts.map((part, place) => (place % 2 ? element("code", {}, part) : part));
}

function table(headings, rows) {
  const head = element("tr", {}, ...headings.map((text) => element("th", { scope: "col" }, text)));
  const lines = rows.map((cells) => element("tr", {}, ...cells.map((cell) => element("td", {}, ...[cell].flat()))));
  return element("table", {}, element("thead", {}, head), element("tbody", {}, ...lines));
}

function kind(schema) {
  if (!schema) return "";
  if (schema.$ref) return schema.$ref.replace(SCHEMAS, "");
  if (schema.anyOf) return schema.anyOf.map(kind).join(" or ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" or ");
  if (schema.type === "array") return schema.prefixItems ? `[${schema.prefixItems.map(kind).join(", ")}]` : `list of ${kind(schema.items)}`;
  if (schema.additionalProperties) return `object of ${kind(schema.additionalProperties)}`;
  const range = schema.minimum !== undefined && schema.maximum !== undefined ? ` ${schema.minimum} to ${schema.maximum}` : "";
  return (schema.format === "binary" ? "bytes" : schema.type ?? "anything") + range;
}

function example(method, path, operation) {
  const url = `${location.origin}${path}`;
  return operation.requestBody ? `curl --data-binary @party.jpg ${url}\ncurl -F files=@a.jpg -F files=@b.jpg ${url}` : `curl ${url}`;
}

function section(method, path, operation) {
  const parameters = (operation.parameters ?? []).map((one) => [element("code", {}, one.name), kind(one.schema), prose(one.description ?? "")]);
  const answers = Object.entries(operation.responses).map(([status, answer]) => [
    element("code", {}, status),
    Object.entries(answer.content ?? {}).map(([type, one]) => element("div", {}, element("code", {}, type), ` ${kind(one.schema)}`)),
    prose(answer.description),
  ]);
  return element(
    "section", {},
    element("h2", {}, element("code", {}, element("span", { className: "method" }, method.toUpperCase()), ` ${path}`), ` ${operation.summary}`),
    element("p", {}, ...prose(operation.description ?? "")),
    element("pre", {}, element("code", {}, example(method, path, operation))),
    ...(parameters.length ? [table(["Parameter", "Type", ""], parameters)] : []),
    table(["Status", "Answer", ""], answers),
  );
}

function type(name, schema) {
  const rows = Object.entries(schema.properties ?? {}).map(([field, one]) => [element("code", {}, field), kind(one), prose(one.description ?? "")]);
  return element("section", {}, element("h3", { id: name }, name), element("p", {}, ...prose(schema.description ?? "")), table(["Field", "Type", ""], rows));
}

const answer = await fetch("/openapi.json");
const description = await answer.json();
document.querySelector("#about").replaceChildren(
  ...prose(`${description.info.description} Version ${description.info.version}. `),
  element("a", { href: "/openapi.json" }, "OpenAPI file"), ", ", element("a", { href: "/" }, "camera"), ".",
);
for (const [path, methods] of Object.entries(description.paths)) {
  for (const [method, operation] of Object.entries(methods)) {
    document.querySelector("#operations").append(section(method, path, operation));
  }
}
for (const [name, schema] of Object.entries(description.components.schemas)) {
  document.querySelector("#types").append(type(name, schema));
}
