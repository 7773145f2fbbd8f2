#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{UsageError}from"./chunk-NE5655XK.js";var units={MB:1e6,GB:1e9,TB:1e12};function parseSize(text){let[,number,unit]=/^(\d{1,6}(?:\.\d{1,3})?)([MGT]B)$/.exec(text)??[],factor=units[unit??""];if(number===void 0||factor===void 0||Number(number)===0)throw new UsageError("Use a number with MB, GB or TB, such as 20GB.");return Math.round(Number(number)*factor)}export{parseSize};
