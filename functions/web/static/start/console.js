import {begin} from '../begin.js';
import {startConsole} from '../pages/console.js';

begin();
startConsole();
