#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{UsageError}from"./chunk-NE5655XK.js";var units={s:1e3,m:6e4,h:36e5,d:864e5};function parseDuration(text){if(text==="0")return 0;let[,number,unit]=/^(\d{1,5})([smhd])$/.exec(text)??[],factor=units[unit??""];if(number===void 0||factor===void 0)throw new UsageError("Use 0, or a number with s, m, h or d, such as 30m or 24h.");return Number(number)*factor}export{parseDuration};
