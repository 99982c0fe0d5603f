// Asking for a new password: the same words for every username.

import {call} from '../api.js';
import {onSubmit, prefill, show, sorry} from '../parts/forms.js';
import {tab} from '../tab.js';

export function forgotPassword() {
  const form = document.getElementById('forgot-password');
  onSubmit(form, async ({username}) => {
    const answer = await call('POST', '/api/forgot-password', {username});
    if (answer.status !== 202) return sorry(form, answer);
    tab.set('username', username);
    show('asked', {username});
  });
  prefill(form.elements.username);
}
