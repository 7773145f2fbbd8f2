#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{parsePlan}from"./chunk-ZRT2QBEN.js";import"./chunk-DNP3CXJE.js";import"./chunk-YNDNYBFA.js";import"./chunk-X6IDCRLI.js";import"./chunk-VKDBHG3M.js";import"./chunk-5IHED3KR.js";import"./chunk-GTGWCIHA.js";import"./chunk-JBJZVKDH.js";import"./chunk-NE5655XK.js";import"./chunk-AYPS3J66.js";import"./chunk-EAORCH75.js";export{parsePlan};
