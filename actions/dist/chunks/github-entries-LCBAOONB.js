#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{openGithubEntries}from"./chunk-MS75EP2F.js";import"./chunk-ESDY3CD7.js";import"./chunk-3XXNCT2Z.js";import"./chunk-PYNJFECM.js";import"./chunk-J7SJDMFS.js";import"./chunk-2HK3R5AI.js";import"./chunk-WKVUO4TZ.js";import"./chunk-PCE6RM2I.js";import"./chunk-DNN3ARCB.js";import"./chunk-L7A62FJL.js";import"./chunk-QIZD4QY2.js";import"./chunk-CJ4YEKXN.js";import"./chunk-HUWE3WTS.js";import"./chunk-PBQ26HXO.js";import"./chunk-MKMHPMIM.js";import"./chunk-EAORCH75.js";export{openGithubEntries};
