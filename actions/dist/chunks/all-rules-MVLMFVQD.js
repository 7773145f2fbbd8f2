#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{allRules}from"./chunk-OHWY7A4M.js";import"./chunk-H5NMLGZH.js";import"./chunk-WDTOUETD.js";import"./chunk-IUMKQEQJ.js";import"./chunk-ONKTUDNU.js";import"./chunk-X6IDCRLI.js";import"./chunk-EGIKBCTV.js";import"./chunk-UXKZK5AM.js";import"./chunk-5636U5OT.js";import"./chunk-KHPQ2TBU.js";import"./chunk-VKDBHG3M.js";import"./chunk-2HCTEJ32.js";import"./chunk-HT3QGB3D.js";import"./chunk-JBJZVKDH.js";import"./chunk-NE5655XK.js";import"./chunk-AYPS3J66.js";import"./chunk-EAORCH75.js";export{allRules};
