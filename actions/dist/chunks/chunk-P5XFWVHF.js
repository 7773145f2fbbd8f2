#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{parsePlatform}from"./chunk-GRHZYLPD.js";function thisMachine(){let names={x64:"amd64",arm:"arm/v7",ppc64:"ppc64le"},{arch}=process;return parsePlatform(`linux/${names[arch]??arch}`)}export{thisMachine};
