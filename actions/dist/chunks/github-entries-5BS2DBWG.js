#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{openGithubEntries}from"./chunk-HNNQ5V3P.js";import"./chunk-ESDY3CD7.js";import"./chunk-ZLMATOJS.js";import"./chunk-PYNJFECM.js";import"./chunk-4XJQ5BKY.js";import"./chunk-IW555UXM.js";import"./chunk-WKVUO4TZ.js";import"./chunk-PCE6RM2I.js";import"./chunk-DNN3ARCB.js";import"./chunk-L7A62FJL.js";import"./chunk-QIZD4QY2.js";import"./chunk-CJ4YEKXN.js";import"./chunk-HUWE3WTS.js";import"./chunk-PBQ26HXO.js";import"./chunk-MKMHPMIM.js";import"./chunk-EAORCH75.js";export{openGithubEntries};
