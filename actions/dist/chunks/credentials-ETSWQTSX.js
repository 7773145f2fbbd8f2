#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{anonymous,dockerCredentials}from"./chunk-4LXMAVAW.js";import"./chunk-AG3LCXFF.js";import"./chunk-JD2DKJ6X.js";import"./chunk-AYPS3J66.js";import"./chunk-EAORCH75.js";export{anonymous,dockerCredentials};
