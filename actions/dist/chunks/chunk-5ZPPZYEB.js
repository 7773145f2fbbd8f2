#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{UsageError}from"./chunk-NE5655XK.js";var units={s:1e3,m:6e4,h:36e5,d:864e5,w:6048e5},pattern=/^(\d{1,5}) ?(?:([smhdw])|(s)ec(?:ond)?s?|(m)in(?:ute)?s?|(h)ours?|(d)ays?|(w)eeks?)$/;function parseDuration(text){if(text==="0")return 0;let[,number,...found]=pattern.exec(text)??[],factor=units[found.find(unit=>unit!==void 0)??""];if(number===void 0||factor===void 0)throw new UsageError("Use 0, or a number with s, m, h, d or w, such as 36h, 30 days or 2w.");return Number(number)*factor}export{parseDuration};
