#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{variablesOf}from"./chunk-JXXTTBVR.js";function configOptionsOf(inputs){let config=inputs.text("config"),vars=variablesOf(inputs.lines("vars"));return config===void 0?{var:vars}:{config,var:vars}}export{configOptionsOf};
