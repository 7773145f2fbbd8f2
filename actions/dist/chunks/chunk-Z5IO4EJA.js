#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
function isSecretName(text){return/^(?!GITHUB_)[A-Z_][A-Z0-9_]*$/i.test(text)}export{isSecretName};
