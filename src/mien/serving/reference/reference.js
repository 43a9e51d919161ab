// Shows /openapi.json: an operation a section, then the types.

const SCHEMAS = "#/components/schemas/";

function element(name, properties = {}, ...children) {
  const node = Object.assign(document.createElement(name), properties);
  node.append(...children);
  return node;
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

function joined(parts, word) {
  return parts.flatMap((part, place) => (place ? [word, ...part] : part));
}

// The nodes that name a type.
function kind(schema) {
  if (!schema) return [];
  if (schema.$ref) {
    const name = schema.$ref.replace(SCHEMAS, "");
    return [element("a", { href: `#${name}` }, name)];
  }
  if (schema.anyOf) return joined(schema.anyOf.map(kind), " or ");
  if (schema.const !== undefined) return [JSON.stringify(schema.const)];
  if (schema.enum) return [schema.enum.map((value) => JSON.stringify(value)).join(" or ")];
  if (schema.prefixItems) return ["[", ...joined(schema.prefixItems.map(kind), ", "), "]"];
  if (schema.type === "array") return ["list of ", ...kind(schema.items)];
  if (schema.additionalProperties) return ["object of ", ...kind(schema.additionalProperties)];
  const range = schema.minimum !== undefined && schema.maximum !== undefined ? ` ${schema.minimum} to ${schema.maximum}` : "";
  return [(schema.format === "binary" ? "bytes" : schema.type ?? "anything") + range];
}

function command(path, operation) {
  const url = `${location.origin}${path}`;
  return operation.requestBody ? `curl --data-binary @party.jpg ${url}\ncurl -F files=@a.jpg -F files=@b.jpg ${url}` : `curl ${url}`;
}

function program(text) {
  return element("pre", {}, element("code", {}, text));
}

// JSON with short lists and objects on one line.
function json(value, indent = "") {
  const flat = JSON.stringify(value, null, 1).replace(/\n\s*/g, " ").replace(/([[{]) | ([\]}])/g, "$1$2");
  if (flat.length + indent.length < 78 || typeof value !== "object") return flat;
  const inner = `${indent}  `;
  const list = Array.isArray(value);
  const lines = Object.entries(value).map(([key, one]) => inner + (list ? "" : `"${key}": `) + json(one, inner));
  return `${list ? "[" : "{"}\n${lines.join(",\n")}\n${indent}${list ? "]" : "}"}`;
}

function example(schema, schemas) {
  const first = schema?.anyOf?.[0] ?? schema;
  const value = schemas[first?.$ref?.replace(SCHEMAS, "")]?.examples?.[0];
  return value ? [program(json(value))] : [];
}

// A picture of the reader's own, asked about from this page.
function trial(path) {
  const shown = element("output", {});
  const input = element("input", { type: "file", accept: "image/*" });
  input.addEventListener("change", async () => {
    const reply = await fetch(path, { method: "POST", body: input.files[0], headers: { "content-type": "application/octet-stream" } });
    shown.replaceChildren(program(json(await reply.json())));
  });
  return element("details", {}, element("summary", {}, "Try it with a picture of yours"), element("p", {}, element("label", {}, "Picture: ", input)), shown);
}

function answers(operation, schemas) {
  const good = operation.responses[200];
  const kinds = Object.entries(good.content ?? {}).map(([type, one]) => element("div", {}, element("code", {}, type), " ", ...kind(one.schema)));
  const refused = Object.entries(operation.responses).filter(([status]) => status !== "200");
  return [
    element("h3", {}, "Answer"),
    element("p", {}, ...prose(good.description)),
    ...kinds,
    ...example(good.content?.["application/json"]?.schema, schemas),
    element(
      "details", {},
      element("summary", {}, "Refusals"),
      element("p", {}, "As ", element("code", {}, "application/problem+json"), " ", ...kind({ $ref: `${SCHEMAS}ProblemAnswer` })),
      element("dl", {}, ...refused.flatMap(([status, one]) => [element("dt", {}, element("code", {}, status)), element("dd", {}, ...prose(one.description))])),
    ),
  ];
}

function place(method, path) {
  return `${method}${path.replaceAll("/", "-")}`;
}

function heading(method, path) {
  return element("code", {}, element("span", { className: "method" }, method.toUpperCase()), ` ${path}`);
}

function section(method, path, operation, schemas) {
  const parameters = (operation.parameters ?? []).map((one) => [element("code", {}, one.name), kind(one.schema), prose(one.description ?? "")]);
  return element(
    "section", {},
    element("h2", { id: place(method, path) }, heading(method, path), operation.summary),
    element("p", {}, ...prose(operation.description ?? "")),
    program(command(path, operation)),
    ...(operation.requestBody ? [element("p", {}, ...prose(operation.requestBody.description)), trial(path)] : []),
    ...(parameters.length ? [table(["Parameter", "Type", "Meaning"], parameters)] : []),
    ...answers(operation, schemas),
  );
}

function type(name, schema) {
  const rows = Object.entries(schema.properties ?? {}).map(([field, one]) => [element("code", {}, field), kind(one), prose(one.description ?? "")]);
  return element("section", {}, element("h3", { id: name }, name), element("p", {}, ...prose(schema.description ?? "")), table(["Field", "Type", "Meaning"], rows));
}

function link(target, ...children) {
  return element("li", {}, element("a", { href: `#${target}` }, ...children));
}

const answer = await fetch("/openapi.json");
const description = await answer.json();
const schemas = description.components.schemas;
document.querySelector("#about").replaceChildren(
  ...prose(`${description.info.description} Version ${description.info.version}. `),
  element("a", { href: "/openapi.json" }, "OpenAPI file"), ", ", element("a", { href: "/" }, "camera"), ".",
);
const contents = document.querySelector("#contents");
for (const [path, methods] of Object.entries(description.paths)) {
  for (const [method, operation] of Object.entries(methods)) {
    document.querySelector("#operations").append(section(method, path, operation, schemas));
    contents.append(link(place(method, path), heading(method, path)));
  }
}
contents.append(link("stream", heading("ws", "/v1/stream")), link("types", "Types"));
for (const [name, schema] of Object.entries(schemas)) {
  document.querySelector("#type-list").append(type(name, schema));
}
document.getElementById(location.hash.slice(1))?.scrollIntoView();
