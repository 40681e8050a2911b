# What a person before a kiosk reads, in plain words. One thought a sentence; nobody is hurried, nobody is blamed.
# Amounts, days and durations come formatted. Names of others come isolated (Unicode UAX #9).

language-name = English
leave = Leave
page-title = Wetsign
step-read = Read
step-agree = Agree
step-show = Show
step-prove = Prove
step-sign = Sign
steps-label = Where you are
camera-on = Camera and microphone are on
camera-off = Camera and microphone are off
time-left = Time left
seconds-short = { $number } s
language-label = Language

idle-title = Welcome
idle-nothing = Nothing is asked of you now.
idle-waiting = { $form ->
    [one] One request waits for an answer.
   *[other] { $count } requests wait for an answer.
}
idle-read = Read it
idle-enrol = Enrol
idle-pair = Pair my phone

who-title = Who are you?
who-none = I am not here

asked-title = Do you allow this?
asked-who = Who asks
asked-called = the app calls itself so
asked-owner = It changes hands for ever. New owner
asked-purpose = For what
asked-text = To be said or made
asked-elsewhere = Content that is held elsewhere. Nobody here can read it.
asked-medium = As
asked-languages = In which languages
asked-territories = Where
asked-audience = Before whom
asked-days = How long
asked-days-value = { $form ->
    [one] one day
   *[other] { $count } days
}
asked-fee = Fee
asked-fee-value = { $amount } heart
asked-money = Is money earned with it?
asked-derived = Is something new made of the original?
asked-yes = yes
asked-no = no
asked-unsaid = not said
asked-assets = How many works
asked-rules = The owner’s rules
asked-rules-allow = They allow it:
asked-others = Others
asked-others-value = { $yes } of { $quorum } have said yes
asked-until = Until
yes = Yes
no = No

consent-title = May the kiosk look and listen?
consent-seconds = Camera and microphone are on for at most { $number } seconds.
consent-gone = Not kept: pictures and sound. They are gone when the camera is off.
consent-kept = Kept for good: your signature, and a signed report of what was measured. No picture can be made of it.
consent-shines = The screen changes its colour twice a second, for five seconds.
consent-agree = I agree
consent-needs = Something is hard for me

needs-title = What is hard for you?
needs-body = You will not be asked for it. You will have to say more instead.
needs-turn = Turning my head
needs-nod = Nodding
needs-come_closer = Coming closer
needs-mouth = Opening my mouth wide
needs-blink = Blinking when asked
needs-light = Changing light
needs-one = One of turning and nodding has to be possible.
needs-other = Is speaking, seeing or hearing hard? Then another person can answer in your place. Ask for it.
needs-done = Go on
needs-none = Back

name-title = What shall we call you?
name-label = A name for this screen
name-note = It stays on this kiosk.
name-go = Go on

enrol-title = May the kiosk know you again?
enrol-who = You will be called { $name } here.
enrol-look = It looks and listens twice, for at most { $number } seconds each.
enrol-kept = Kept: a template of your face and voice, locked by this kiosk’s chip, and a signed record of your consent.
enrol-until = The template stays until it is erased. You can ask for that at any time.
enrol-gone = Not kept: pictures and sound.

phone-title = Is your phone with you?
phone-keeps = With it, your phone keeps your key. Nobody can sign in your name without the phone.
phone-else = Without it, this kiosk keeps your key. Many who check signatures refuse that.
phone-yes = Yes, with my phone
phone-no = No, without it
invited-title = Let your phone read this
invited-note = Open Wetsign on your phone and point its camera here. The picture holds for a minute, and lets nobody in by itself.
compare-title = Does your phone show these digits?
compare-note = Look at both. If they differ, somebody stands in between.
compare-same = The same
compare-other = Others
paired-title = Your phone is paired
paired-body = It will ask you before anything is signed in your name.

ready-title = Please look here
ready-body = The camera is being opened.
ready-again = Once more, to be sure

look-face = Look into the camera
prompt-head_left = Turn your head to your left
prompt-head_right = Turn your head to your right
prompt-head_up = Raise your chin
prompt-head_down = Lower your chin
prompt-head_closer = Come closer
prompt-mouth_open = Open your mouth wide
prompt-smile = Smile
prompt-blink_twice = Shut your eyes, twice
prompt-blink_thrice = Shut your eyes, three times
prompt-say = Say aloud
prompt-place = { $index } of { $total }
look-light = Look into the camera while the colours change
preview-label = Your own picture, as in a mirror

advice-light = More light on your face, please.
advice-face_light = The light is behind you. Please turn around.
advice-hold_still = Please hold still.
advice-come_closer = Please come closer.
advice-look_here = Please look straight into the camera.
advice-one_face_only = One person only, please.
advice-speak_up = Please speak up.
advice-louder = It is loud here. Come closer and speak up.
advice-say_again = Please say it once more, slowly.
advice-quieter = It is too loud here. Come closer, or wait for quiet.
advice-speak_softly = Please speak more softly.
advice-unmirror = The camera mirrors its picture. Its operator has to switch that off.

work-title = Thank you. You can relax.
work-alive = Are you here, and alive?
work-match = Is it you?
work-attest = The chip vouches for it
work-proof = The proof
work-device = Your phone signs
work-sign = The signature
work-log = The public log
work-now = goes on
work-later = later
declining-title = Your no is being written down

code-title = Does your phone show this?
code-yes = The same code: sign on your phone.
code-no = Another code: do not sign. Leave.

done-title = Signed. Thank you.
done-signature = Your signature
done-approval = The approval
done-waiting = Others still have to say yes.
done-checks = { $form ->
    [one] One check passed
   *[other] All { $count } checks passed
}
done-log-pending = It will be in the log when the kiosk starts again.
done-qr = A square code with this number: { $id }
end = Done

declined-title = You said no
declined-body = Your no is signed and counts. Nobody asks you why.

enrolled-title = You are enrolled
enrolled-body = The kiosk knows you from the next register on.

refused-no_consent = You did not agree
refused-cancelled = Stopped
refused-too_late = The time is over
refused-quality = We could not see or hear you well
refused-challenge = That was not what was asked
refused-liveness = We could not be sure that somebody is here
refused-not_you = Face or voice is not the enrolled one
refused-sensor = Camera or microphone failed
refused-element = The chip refused
refused-device = Your phone did not sign
refused-internal = The kiosk could not finish

try-label = What you can try
try-no_consent = Nothing. It is your right.
try-cancelled = Begin again whenever you like.
try-too_late = Begin again. Do each thing as soon as it is shown.
try-quality = Begin again, with light on your face and nobody beside you.
try-challenge = Begin again. Do one thing at a time, slowly and clearly.
try-liveness = Take off what covers your face. Begin again in even light.
try-not_you = Begin again without cap or glasses. Say the letters in your usual voice.
try-sensor = Wait a minute, and begin again.
try-element = Nothing. The operator has to look at it.
try-device = Keep your phone unlocked beside you, and begin again.
try-internal = Nothing. The operator has to look at it.
kept-label = What was recorded
kept-yes = A signed line that this ended without a signature. No picture, no sound.
kept-no = Nothing.
ask-label = Whom to ask
ask-operator = The operator of this kiosk. Another person can answer in your place.
nothing-signed = Nothing was signed.
again = Begin again

lost-title = The kiosk does not answer
lost-body = What you did not see signed may not be signed. Ask the operator.
