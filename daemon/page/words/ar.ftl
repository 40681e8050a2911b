# ما يقرؤه الشخص أمام الكشك بكلمات بسيطة. لا استعجال ولا لوم.

language-name = العربية
leave = خروج
page-title = Wetsign
step-read = القراءة
step-agree = الموافقة
step-show = الإظهار
step-prove = الإثبات
step-sign = التوقيع
steps-label = أين أنت الآن
camera-on = الكاميرا والميكروفون يعملان
camera-off = الكاميرا والميكروفون متوقفان
time-left = الوقت المتبقي
seconds-short = { $number } ث
language-label = اللغة

idle-title = مرحبًا
idle-nothing = لا يُطلب منك شيء الآن.
idle-waiting = { $form ->
    [zero] لا طلبات تنتظر جوابًا.
    [one] طلب واحد ينتظر جوابًا.
    [two] طلبان ينتظران جوابًا.
    [few] { $count } طلبات تنتظر جوابًا.
    [many] { $count } طلبًا تنتظر جوابًا.
   *[other] { $count } طلب ينتظر جوابًا.
}
idle-read = قراءة الطلب
idle-enrol = تسجيل
idle-pair = إقران هاتفي

who-title = من أنت؟
who-none = لستُ في القائمة

asked-title = هل تسمح بهذا؟
asked-who = من يطلب
asked-called = هكذا يسمّي التطبيق نفسه
asked-owner = تنتقل الملكية إلى الأبد. المالك الجديد
asked-purpose = لأي غرض
asked-text = ما سيُقال أو يُصنع
asked-elsewhere = محتوى محفوظ في مكان آخر. لا أحد هنا يستطيع قراءته.
asked-medium = بأي شكل
asked-languages = بأي لغات
asked-territories = أين
asked-audience = أمام من
asked-days = كم من الوقت
asked-days-value = { $form ->
    [zero] ولا يوم
    [one] يوم واحد
    [two] يومان
    [few] { $count } أيام
    [many] { $count } يومًا
   *[other] { $count } يوم
}
asked-fee = الرسم
asked-fee-value = { $amount } heart
asked-money = هل يُكسب منه مال؟
asked-derived = هل يُصنع من الأصل شيء جديد؟
asked-yes = نعم
asked-no = لا
asked-unsaid = لم يُذكر
asked-assets = عدد الأعمال
asked-rules = قواعد المالك
asked-rules-allow = تسمح بذلك:
asked-others = الآخرون
asked-others-value = وافق { $yes } من { $quorum }
asked-until = حتى
yes = نعم
no = لا

consent-title = هل يجوز للكشك أن ينظر ويسمع؟
consent-seconds = أقصى مدة لتشغيل الكاميرا والميكروفون: { $number } ث.
consent-gone = لا يُحفظ: الصور والصوت. يختفيان حين تتوقف الكاميرا.
consent-kept = يُحفظ دائمًا: توقيعك وتقرير موقّع بما قيس. لا يمكن صنع صورة منه.
consent-shines = تغيّر الشاشة لونها مرتين في الثانية لمدة خمس ثوانٍ.
consent-agree = أوافق
consent-needs = هناك ما يصعب عليّ

needs-title = ما الذي يصعب عليك؟
needs-body = لن يُطلب منك، وستقول كلامًا أكثر بدلًا منه.
needs-turn = إدارة الرأس
needs-nod = رفع الذقن وخفضه
needs-come_closer = الاقتراب
needs-mouth = فتح الفم واسعًا
needs-blink = الرمش عند الطلب
needs-light = الضوء المتغيّر
needs-one = لا بدّ من إحدى الحركتين: إدارة الرأس أو تحريك الذقن.
needs-other = هل يصعب عليك الكلام أو النظر أو السمع؟ يستطيع شخص آخر أن يجيب بدلًا منك. اطلب ذلك.
needs-done = متابعة
needs-none = رجوع

name-title = ماذا نسمّيك؟
name-label = اسم لهذه الشاشة
name-note = يبقى في هذا الكشك.
name-go = متابعة

enrol-title = هل يجوز للكشك أن يتعرّف عليك لاحقًا؟
enrol-who = اسمك هنا: { $name }.
enrol-look = ينظر ويسمع مرتين. أقصى مدة لكل مرة: { $number } ث.
enrol-kept = يُحفظ: قالب لوجهك وصوتك تقفله شريحة هذا الكشك، وموافقتك الموقّعة.
enrol-until = يبقى القالب حتى يُمحى. يمكنك طلب محوه في أي وقت.
enrol-gone = لا يُحفظ: الصور والصوت.

phone-title = هل هاتفك معك؟
phone-keeps = مع الهاتف يبقى مفتاحك فيه. لا أحد يوقّع باسمك من دونه.
phone-else = من دونه يحفظ هذا الجهاز مفتاحك. كثيرون ممن يتحققون من التواقيع لا يقبلون ذلك.
phone-yes = نعم، مع هاتفي
phone-no = لا، من دونه
invited-title = دع هاتفك يقرأ هذا الرمز
invited-note = افتح Wetsign على هاتفك ووجّه الكاميرا إلى هنا. الرمز صالح لدقيقة واحدة، ولا يُدخل أحدًا بمفرده.
compare-title = هل يعرض هاتفك هذه الأرقام؟
compare-note = انظر إلى الشاشتين. إن اختلفت الأرقام فهناك من يقف بينهما.
compare-same = الأرقام نفسها
compare-other = أرقام أخرى
paired-title = تم إقران هاتفك
paired-body = سيسألك قبل توقيع أي شيء باسمك.

ready-title = انظر هنا من فضلك
ready-body = يجري فتح الكاميرا.
ready-again = مرة أخرى للتأكد

look-face = انظر إلى الكاميرا
prompt-head_left = أدر رأسك إلى يسارك
prompt-head_right = أدر رأسك إلى يمينك
prompt-head_up = ارفع ذقنك
prompt-head_down = اخفض ذقنك
prompt-head_closer = اقترب
prompt-mouth_open = افتح فمك واسعًا
prompt-smile = ابتسم
prompt-blink_twice = أغمض عينيك مرتين
prompt-blink_thrice = أغمض عينيك ثلاث مرات
prompt-say = قل بصوت مسموع
prompt-place = { $index } من { $total }
look-light = انظر إلى الكاميرا بينما تتغيّر الألوان
preview-label = صورتك كما في المرآة

advice-light = مزيدًا من الضوء على وجهك من فضلك.
advice-face_light = الضوء خلفك. استدر من فضلك.
advice-hold_still = لا تتحرك من فضلك.
advice-come_closer = اقترب من فضلك.
advice-look_here = انظر مباشرة إلى الكاميرا من فضلك.
advice-one_face_only = شخص واحد فقط من فضلك.
advice-speak_up = ارفع صوتك من فضلك.
advice-louder = المكان صاخب. اقترب وارفع صوتك.
advice-say_again = قلها مرة أخرى ببطء من فضلك.
advice-quieter = المكان صاخب جدًا. اقترب أو انتظر الهدوء.
advice-speak_softly = اخفض صوتك من فضلك.
advice-unmirror = الكاميرا تعكس الصورة. على المشغّل إيقاف ذلك.

work-title = شكرًا. يمكنك أن ترتاح.
work-alive = هل هنا شخص حيّ؟
work-match = هل هو أنت؟
work-attest = الشريحة تشهد بذلك
work-proof = الإثبات
work-device = هاتفك يوقّع
work-sign = التوقيع
work-log = السجل العام
work-now = جارٍ
work-later = لاحقًا
declining-title = يجري تدوين رفضك

code-title = هل يظهر هذا الرمز على هاتفك؟
code-yes = الرمز نفسه: وقّع على هاتفك.
code-no = رمز آخر: لا توقّع. اخرج.

done-title = تمّ التوقيع. شكرًا لك.
done-signature = توقيعك
done-approval = الموافقة النهائية
done-waiting = ما زال على آخرين أن يقولوا نعم.
done-checks = { $form ->
    [zero] لا فحوص
    [one] نجح فحص واحد
    [two] نجح الفحصان
    [few] نجحت { $count } فحوص كلها
    [many] نجح { $count } فحصًا كلها
   *[other] نجح { $count } فحص كلها
}
done-log-pending = سيُكتب في السجل حين يعمل الكشك من جديد.
done-qr = رمز مربع بهذا الرقم: { $id }
end = تمّ

declined-title = قلتَ لا
declined-body = رفضك موقّع ومحسوب. لا أحد يسألك عن السبب.

enrolled-title = تمّ تسجيلك
enrolled-body = يعرفك الكشك ابتداءً من السجل القادم.

refused-no_consent = لم توافق
refused-cancelled = أُوقف
refused-too_late = انتهى الوقت
refused-quality = لم نستطع رؤيتك أو سماعك جيدًا
refused-challenge = لم يكن هذا ما طُلب
refused-liveness = لم نستطع التأكد من وجود شخص هنا
refused-not_you = الوجه أو الصوت ليس المسجَّل
refused-sensor = تعطّلت الكاميرا أو الميكروفون
refused-element = رفضت الشريحة
refused-device = لم يوقّع هاتفك
refused-internal = لم يستطع الكشك أن يُكمل

try-label = ما يمكنك تجربته
try-no_consent = لا شيء. هذا حقك.
try-cancelled = ابدأ من جديد متى شئت.
try-too_late = ابدأ من جديد. افعل كل شيء فور ظهوره.
try-quality = ابدأ من جديد مع ضوء على وجهك ودون أحد بجانبك.
try-challenge = ابدأ من جديد. شيئًا واحدًا في كل مرة، ببطء ووضوح.
try-liveness = أزل ما يغطي وجهك. ابدأ من جديد في ضوء متساوٍ.
try-not_you = ابدأ من جديد دون قبعة أو نظارة. قل الحروف بصوتك المعتاد.
try-sensor = انتظر دقيقة ثم ابدأ من جديد.
try-element = لا شيء. على المشغّل أن يفحص ذلك.
try-device = ضع هاتفك مفتوحًا بجانبك وابدأ من جديد.
try-internal = لا شيء. على المشغّل أن يفحص ذلك.
kept-label = ما سُجّل
kept-yes = سطر موقّع بأن هذا انتهى دون توقيع. لا صورة ولا صوت.
kept-no = لا شيء.
ask-label = من تسأل
ask-operator = مشغّل هذا الكشك. يستطيع شخص آخر أن يجيب بدلًا منك.
nothing-signed = لم يُوقَّع شيء.
again = ابدأ من جديد

lost-title = الكشك لا يجيب
lost-body = ما لم تره موقّعًا قد لا يكون موقّعًا. اسأل المشغّل.
