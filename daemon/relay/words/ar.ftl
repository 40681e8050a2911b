# ما يقرؤه الإنسان على هاتفه، بكلمات بسيطة.

language = اللغة
back = رجوع
again = حاول مرة أخرى
more = المزيد
yes = نعم
no = لا

unable-title = هذا المتصفح لا يستطيع التوقيع
unable-body = يلزم مفتاح مرور على صفحة لها شهادة. افتح الصفحة في متصفح أحدث.

pair-title = اقرن هذا الهاتف
pair-body = يعرض الجهاز صورة. التقطها بكاميرا هذا الهاتف وافتح ما تقود إليه. أو اكتب نصها هنا.
pair-read = قُرئت الصورة. أعط هذا الهاتف اسمًا تعرفه به.
field-invitation = نص الصورة
field-label = اسم هذا الهاتف عندك
pair-go = اقرن

making-title = لحظة
making-body = قد يطلب هاتفك إصبعك أو وجهك أو رمزك. يصنع مفتاح مرور يبقى عندك.

digits-title = هل هي نفسها؟
digits-body = انظر إلى الجهاز. إذا عرض أرقامًا أخرى فهناك أحد في الوسط.
digits-same = هي نفسها
digits-differ = مختلفة

kiosk-title = قل نعم الآن عند الجهاز
kiosk-body = يسأل الجهاز هل يعرض الاثنان الأرقام نفسها.

signing-title = هاتفك يسأل عنك
signing-body = أظهر إصبعك أو وجهك، أو اكتب رمزك.

waiting-title = لا يُطلب منك شيء
waiting-body = أبقِ هذه الصفحة مفتوحة وأنت عند الجهاز. ما يطلبه يظهر هنا.
away-title = الجهاز غير موجود
away-body = تواصل هذه الصفحة المحاولة. انظر هل للهاتف والجهاز شبكة.

asked-title = هل تسمح بهذا؟
asked-code = يجب أن يعرض الجهاز الأرقام نفسها. إن لم يفعل فقل لا.
asked-left = { $form ->
    [zero] لم تبق أي ثانية
    [one] بقيت ثانية واحدة
    [two] بقيت ثانيتان
    [few] بقيت { $count } ثوانٍ
    [many] بقيت { $count } ثانية
   *[other] بقيت { $count } ثانية
}
who = من يطلب
who-known = الجهاز يعرفهم.
who-unknown = الجهاز لا يعرفهم. الاسم قولهم هم.
contact = للوصول إليهم
what = ماذا مما يخصك
purpose = لأي غرض
text = ما سيُقال أو يُصنع
held = محفوظ في مكان آخر؛ لم يقرأه أحد هنا
days = إلى متى
days-value = { $form ->
    [zero] بلا أيام
    [one] يوم واحد
    [two] يومان
    [few] { $count } أيام
    [many] { $count } يومًا
   *[other] { $count } يوم
}
fee = الأجر
fee-value = { $amount } heart
rules = ما تقوله قواعد المالك
rules-note = تسمح به. هكذا يقول مدقق الجهاز ووقّع عليه. لم تحسبه هذه الصفحة من جديد.
capture = التُقطت الآن
capture-value = برقم { $counter } من شريحة الجهاز
key = مفتاح من يطلب

consent-title = هل توافق على هذا؟

signed-title = تم التوقيع
signed-body = لدى الجهاز توقيعك.
paired-title = تم الاقتران
paired-body = يوقّع هذا الهاتف عنك عند هذا الجهاز 90 يومًا. أبقِ الصفحة مفتوحة أثناء تسجيلك.
declined-title = قلت لا
declined-body = لم يُوقَّع لهم شيء.
lapsed-title = انتهى الوقت
lapsed-body = لم يُوقَّع شيء. يمكن للجهاز أن يطلب من جديد.
unverified-title = لم يعرفك هاتفك
unverified-body = لذلك لم يُوقَّع شيء. حاول مرة أخرى ما دام الجهاز ينتظر؛ وبعد ذلك ابدأ هناك من جديد.
unlocked-title = يمكنك المحاولة من جديد
unlocked-body = يسمح لك الجهاز بالوقوف أمامه مرة أخرى.

lie-title = هذا لا يتوافق
lie-body = ما يطلبه الجهاز ليس ما يقوله، أو ليس لك، أو ليس الآن. لم يُوقَّع شيء. أخبر من يديره.
refused-title = الجهاز يقول لا
unpaired-title = هذا الهاتف غير مقبول
unpaired-body = انتهى اقترانه أو أُنهي. اقرنه من جديد عند الجهاز.
pair-again = اقرن من جديد

trouble-title = لم ينجح ذلك
trouble-none = هذا ليس نص الصورة.
trouble-elsewhere = تقود الصورة إلى صفحة أخرى. افتحها بكاميرا هذا الهاتف.
trouble-late = تنتهي الصورة بعد دقيقة. ابدأ من جديد عند الجهاز.
trouble-between = ربما هناك أحد في الوسط. لم يُقرن أحد. ابدأ من جديد، ولا تدع غيرك يرى الصورة.
trouble-clock = تختلف ساعتا الجهاز والهاتف بأكثر من دقيقتين. اضبط الخاطئة منهما.
trouble-away = لم يجب الجهاز. ابدأ من جديد.

history = ما طُلب من قبل
history-none = لا شيء بعد. هنا فقط ما طُلب من هذا الهاتف.
told-signed = وقّعت
told-declined = قلت لا
told-lapsed = انتهى الوقت
told-lie = لم يتوافق
told-paired = قرنت هذا الهاتف

devices = هواتفي
device-own = هذا هو الذي في يدك.
device-until = حتى { $time }
device-ended = أُنهي في { $time }
device-end = أنهِه
ending-title = هل تنهي { $label }؟
ending-body = لا يقبله الجهاز بعد الآن، فورًا. لا رجوع في ذلك؛ لكن يمكن قرنه من جديد.
unlock = دعني أحاول من جديد
