import {begin} from '../begin.js';
import {setPassword} from '../pages/set-password.js';

begin();
setPassword();
