// Everything the paper will need is fetched at the start, so that no question depends on the network later.

import { backoffMs } from "./api.js";
import { knows } from "../kinds/index.js";

const MEDIA = /\/media\/items\/[A-Za-z0-9/_.-]+/g;
const NAME = /^[a-z][a-z0-9_]{0,30}$/;

/** Loads the modules of all kinds on the paper and its pictures. Never throws; goes on until the modules are there. */
export async function preload(questions) {
  const modules = new Set();
  for (const { kind, content } of questions) {
    if (kind === "practical" && NAME.test(content?.workbench ?? "")) modules.add(`../workbenches/${content.workbench}.js`);
    else if (kind !== "practical" && knows(kind)) modules.add(`../kinds/${kind}.js`);
  }
  for (const [source] of JSON.stringify(questions).matchAll(MEDIA)) new Image().src = source;
  for (let failures = 1; modules.size; failures += 1) {
    for (const path of [...modules]) {
      await import(path).then(
        () => modules.delete(path),
        () => {},
      );
    }
    if (modules.size) await new Promise((wake) => setTimeout(wake, backoffMs(failures)));
  }
}
