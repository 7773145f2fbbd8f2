#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{openGithubEntries}from"./chunk-74JK6BT2.js";import"./chunk-3MA7L3PB.js";import"./chunk-KU6P6XMT.js";import"./chunk-FJKCO7MZ.js";import"./chunk-EPFCPDEH.js";import"./chunk-JZLS67C7.js";import"./chunk-WKVUO4TZ.js";import"./chunk-ZRHZ2FVW.js";import"./chunk-5P3NSRHX.js";import"./chunk-YL7TVE7D.js";import"./chunk-QSHVPWDR.js";import"./chunk-PCE6RM2I.js";import"./chunk-GTGWCIHA.js";import"./chunk-JJZKLOPB.js";import"./chunk-YEGJF76U.js";import"./chunk-JBJZVKDH.js";import"./chunk-NE5655XK.js";import"./chunk-AYPS3J66.js";import"./chunk-EAORCH75.js";export{openGithubEntries};
