#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{openGithubEntries}from"./chunk-CFPR74BR.js";import"./chunk-BCQN4U6A.js";import"./chunk-A2YKTGEV.js";import"./chunk-D3RN55R2.js";import"./chunk-EDABGLGY.js";import"./chunk-IRUJJEM4.js";import"./chunk-APKF6GRG.js";import"./chunk-4LXMAVAW.js";import"./chunk-PCE6RM2I.js";import"./chunk-MO6VTLSU.js";import"./chunk-RWMIH4UP.js";import"./chunk-AG3LCXFF.js";import"./chunk-Y6WEK6T4.js";import"./chunk-JJZKLOPB.js";import"./chunk-S3GVKQ7F.js";import"./chunk-DC2G643Q.js";import"./chunk-62VJYGLT.js";import"./chunk-JD2DKJ6X.js";import"./chunk-AYPS3J66.js";import"./chunk-EAORCH75.js";export{openGithubEntries};
