#include "ui/style/messages.h"

#include <QString>
#include <QtGlobal>

namespace perceiver::ui {

namespace {
QtMessageHandler former = nullptr;
}

void quietQt() {
    if (former) return;
    former =
        qInstallMessageHandler([](QtMsgType type, const QMessageLogContext& context, const QString& text) {
            if (!text.startsWith(QLatin1String("QStandardPaths:"))) former(type, context, text);
        });
}

}  // namespace perceiver::ui
