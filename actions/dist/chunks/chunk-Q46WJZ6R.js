#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
function few(names){let more=names.length-3;return[...names.slice(0,3),...more>0?[`and ${more} more`]:[]].join(", ")}export{few};
