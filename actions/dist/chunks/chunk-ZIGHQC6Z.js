#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{UsageError}from"./chunk-NE5655XK.js";var units={mb:1e6,gb:1e9,tb:1e12,mib:2**20,gib:2**30,tib:2**40};function parseSize(text){let[,number,unit=""]=/^(\d{1,6}(?:\.\d{1,3})?) ?([mgt]i?b)$/i.exec(text)??[],factor=units[unit.toLowerCase()];if(number===void 0||factor===void 0||Number(number)===0)throw new UsageError("Use a number with MB, GB, TB, MiB, GiB or TiB, such as 20GB.");return Math.round(Number(number)*factor)}export{parseSize};
