#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
function count(number,noun,plural=`${noun}s`){return`${number} ${number===1?noun:plural}`}export{count};
